# What `cmake --install` puts under a prefix: the program, the C++ API (include/headgate) with all
# of Headgate as one static library, and what find_package(headgate) reads. Builds that are
# instrumented are for tests and are not installed.
if(HEADGATE_SANITIZE OR HEADGATE_FUZZ OR HEADGATE_COVERAGE)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(objects)
foreach(folder base llm resilience telemetry http storage security cost guardrails gateway agents
    server embed)
  list(APPEND objects $<TARGET_OBJECTS:headgate_${folder}>)
endforeach()
add_library(headgate_library STATIC ${objects})
set_target_properties(headgate_library PROPERTIES OUTPUT_NAME headgate EXPORT_NAME headgate
  LINKER_LANGUAGE CXX)
target_compile_features(headgate_library INTERFACE cxx_std_20)
target_include_directories(headgate_library
  INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
get_property(outside GLOBAL PROPERTY HEADGATE_OUTSIDE_LIBRARIES)
list(REMOVE_DUPLICATES outside)
target_link_libraries(headgate_library PRIVATE ${outside})
# Machine code alone: no bytecode of one compiler's link-time optimisation, no debug information.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_custom_command(TARGET headgate_library POST_BUILD VERBATIM
    COMMAND ${CMAKE_STRIP} --strip-debug "--remove-section=.gnu.lto_*"
      "--remove-section=.gnu.debuglto_*" --strip-symbol=__gnu_lto_v1 --strip-symbol=__gnu_lto_slim
      $<TARGET_FILE:headgate_library>)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/headgate)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/headgateConfig.cmake.in
  ${CMAKE_BINARY_DIR}/headgateConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/headgateConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(TARGETS headgate RUNTIME)
install(TARGETS headgate_library EXPORT headgateTargets ARCHIVE)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/headgate TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(EXPORT headgateTargets NAMESPACE headgate:: DESTINATION ${package})
install(FILES ${CMAKE_BINARY_DIR}/headgateConfig.cmake
  ${CMAKE_BINARY_DIR}/headgateConfigVersion.cmake DESTINATION ${package})
