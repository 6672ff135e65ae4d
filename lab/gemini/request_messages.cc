#include "lab/gemini/request_messages.h"

#include <array>

namespace headgate::lab::gemini {
namespace {

using Values = std::string_view;

constexpr Field text(std::string_view name) { return {name, Kind::text}; }
constexpr Field flag(std::string_view name) { return {name, Kind::boolean}; }
constexpr Field integer(std::string_view name) { return {name, Kind::integer}; }
constexpr Field number(std::string_view name) { return {name, Kind::number}; }
constexpr Field any(std::string_view name) { return {name, Kind::any}; }
constexpr Field choice(std::string_view name, std::string_view type,
                       std::span<const std::string_view> values) {
  return {name, Kind::choice, false, nullptr, values, type};
}
constexpr Field message(std::string_view name, const Message& kind) {
  return {name, Kind::message, false, &kind};
}
constexpr Field many(Field field) {
  field.repeated = true;
  return field;
}
constexpr Field one_of(Field field) {
  field.one_of = true;
  return field;
}
constexpr Field map_of(Field field) {
  field.map = true;
  return field;
}

constexpr auto kTypes = std::to_array<Values>(
    {"TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL",
     "string", "number", "integer", "boolean", "array", "object", "null"});
constexpr auto kModes =
    std::to_array<Values>({"MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"});
constexpr auto kThinkingLevels =
    std::to_array<Values>({"THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH",
                           "minimal", "low", "medium", "high"});
constexpr auto kTiers = std::to_array<Values>({"unspecified", "standard", "flex", "priority"});
constexpr auto kResolutions = std::to_array<Values>(
    {"MEDIA_RESOLUTION_UNSPECIFIED", "MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM",
     "MEDIA_RESOLUTION_HIGH", "MEDIA_RESOLUTION_ULTRA_HIGH"});
constexpr auto kModalities =
    std::to_array<Values>({"MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"});
constexpr auto kHarms =
    std::to_array<Values>({"HARM_CATEGORY_UNSPECIFIED", "HARM_CATEGORY_HARASSMENT",
                           "HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_SEXUALLY_EXPLICIT",
                           "HARM_CATEGORY_DANGEROUS_CONTENT", "HARM_CATEGORY_CIVIC_INTEGRITY"});
constexpr auto kThresholds =
    std::to_array<Values>({"HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE",
                           "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"});
constexpr auto kTasks =
    std::to_array<Values>({"TASK_TYPE_UNSPECIFIED", "RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT",
                           "SEMANTIC_SIMILARITY", "CLASSIFICATION", "CLUSTERING",
                           "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"});
constexpr auto kBehaviors = std::to_array<Values>({"UNSPECIFIED", "BLOCKING", "NON_BLOCKING"});

extern const Message kSchema;

constinit const Field kSchemaFields[] = {choice("type", "Type", kTypes),
                                         text("format"),
                                         text("title"),
                                         text("description"),
                                         flag("nullable"),
                                         many(text("enum")),
                                         message("items", kSchema),
                                         integer("max_items"),
                                         integer("min_items"),
                                         map_of(message("properties", kSchema)),
                                         many(text("required")),
                                         integer("min_properties"),
                                         integer("max_properties"),
                                         number("minimum"),
                                         number("maximum"),
                                         integer("min_length"),
                                         integer("max_length"),
                                         text("pattern"),
                                         any("example"),
                                         many(message("any_of", kSchema)),
                                         many(text("property_ordering")),
                                         any("default")};
constinit const Message kSchema{"Schema", kSchemaFields};

constinit const Field kBlobFields[] = {
    text("mime_type"), {"data", Kind::bytes}, text("display_name")};
constinit const Message kBlob{"Blob", kBlobFields};
constinit const Field kFileFields[] = {text("mime_type"), text("file_uri"), text("display_name")};
constinit const Message kFile{"FileData", kFileFields};
constinit const Field kCallFields[] = {text("id"), text("name"), map_of(any("args"))};
constinit const Message kCall{"FunctionCall", kCallFields};
constinit const Field kResultFields[] = {
    text("id"),         text("name"),          map_of(any("response")),
    many(any("parts")), flag("will_continue"), any("scheduling")};
constinit const Message kResult{"FunctionResponse", kResultFields};

constinit const Field kPartFields[] = {one_of(text("text")),
                                       one_of(message("inline_data", kBlob)),
                                       one_of(message("file_data", kFile)),
                                       one_of(message("function_call", kCall)),
                                       one_of(message("function_response", kResult)),
                                       one_of(any("executable_code")),
                                       one_of(any("code_execution_result")),
                                       one_of(any("tool_call")),
                                       one_of(any("tool_response")),
                                       flag("thought"),
                                       {"thought_signature", Kind::bytes},
                                       any("video_metadata"),
                                       any("part_metadata"),
                                       any("media_resolution"),
                                       any("media_processing"),
                                       any("speech_metadata"),
                                       any("audio_transcription")};
constinit const Message kPart{"Part", kPartFields, "data"};
constinit const Field kContentFields[] = {many(message("parts", kPart)), text("role")};
constinit const Message kContent{"Content", kContentFields};

constinit const Field kFunctionFields[] = {
    text("name"),
    text("description"),
    message("parameters", kSchema),
    any("parameters_json_schema"),
    message("response", kSchema),
    any("response_json_schema"),
    choice("behavior", "FunctionDeclaration.Behavior", kBehaviors)};
constinit const Message kFunction{"FunctionDeclaration", kFunctionFields};
constinit const Field kToolFields[] = {many(message("function_declarations", kFunction)),
                                       any("google_search"),
                                       any("google_search_retrieval"),
                                       any("google_maps"),
                                       any("code_execution"),
                                       any("computer_use"),
                                       any("file_search"),
                                       any("mcp_servers"),
                                       any("url_context")};
constinit const Message kTool{"Tool", kToolFields};
constinit const Field kCallingFields[] = {choice("mode", "FunctionCallingConfig.Mode", kModes),
                                          many(text("allowed_function_names"))};
constinit const Message kCalling{"FunctionCallingConfig", kCallingFields};
constinit const Field kToolConfigFields[] = {message("function_calling_config", kCalling),
                                             any("retrieval_config"),
                                             flag("include_server_side_tool_invocations")};
constinit const Message kToolConfig{"ToolConfig", kToolConfigFields};

constinit const Field kThinkingFields[] = {
    flag("include_thoughts"), integer("thinking_budget"),
    choice("thinking_level", "ThinkingConfig.ThinkingLevel", kThinkingLevels)};
constinit const Message kThinking{"ThinkingConfig", kThinkingFields};
constinit const Field kGenerationFields[] = {
    number("temperature"),
    number("top_p"),
    number("top_k"),
    integer("candidate_count"),
    integer("max_output_tokens"),
    many(text("stop_sequences")),
    text("response_mime_type"),
    message("response_schema", kSchema),
    any("response_json_schema"),
    number("presence_penalty"),
    number("frequency_penalty"),
    integer("seed"),
    flag("response_logprobs"),
    integer("logprobs"),
    many(choice("response_modalities", "GenerationConfig.Modality", kModalities)),
    message("thinking_config", kThinking),
    choice("media_resolution", "GenerationConfig.MediaResolution", kResolutions),
    any("speech_config"),
    any("image_config"),
    any("audio_transcription_config"),
    flag("enable_enhanced_civic_answers")};
constinit const Message kGeneration{"GenerationConfig", kGenerationFields};
constinit const Field kSafetyFields[] = {
    choice("category", "HarmCategory", kHarms),
    choice("threshold", "SafetySetting.HarmBlockThreshold", kThresholds)};
constinit const Message kSafety{"SafetySetting", kSafetyFields};

constinit const Field kGenerateFields[] = {text("model"),
                                           message("system_instruction", kContent),
                                           many(message("contents", kContent)),
                                           many(message("tools", kTool)),
                                           message("tool_config", kToolConfig),
                                           many(message("safety_settings", kSafety)),
                                           message("generation_config", kGeneration),
                                           text("cached_content"),
                                           choice("service_tier", "ServiceTier", kTiers),
                                           map_of(text("labels")),
                                           text("continuation_token"),
                                           flag("store")};
constinit const Field kCountFields[] = {
    text("model"), many(message("contents", kContent)),
    message("generate_content_request", kGenerateContentRequest)};
constinit const Field kEmbedFields[] = {
    text("model"), message("content", kContent),     choice("task_type", "TaskType", kTasks),
    text("title"), integer("output_dimensionality"), any("embed_content_config")};
constinit const Field kBatchFields[] = {text("model"),
                                        many(message("requests", kEmbedContentRequest))};

}  // namespace

constinit const Message kGenerateContentRequest{"GenerateContentRequest", kGenerateFields};
constinit const Message kCountTokensRequest{"CountTokensRequest", kCountFields};
constinit const Message kEmbedContentRequest{"EmbedContentRequest", kEmbedFields};
constinit const Message kBatchEmbedContentsRequest{"BatchEmbedContentsRequest", kBatchFields};

}  // namespace headgate::lab::gemini
