"""The installed package, used as the manual says: prefix, find_package, the example, a run."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import harness  # noqa: E402

BUILD = pathlib.Path(os.environ.get("HEADGATE_BUILD", ROOT / "build/release"))
EXAMPLE = ROOT / "examples/embedded"


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.sandbox.environment["DEMO_PROVIDER_KEY"] = "demo"
        cls.prefix = cls.sandbox.folder / "prefix"
        cls.example = cls.sandbox.folder / "example"
        # Elsewhere, so that nothing of the tree is found by accident.
        shutil.copytree(EXAMPLE, cls.example)
        shutil.copy(ROOT / "examples/prices.yaml", cls.sandbox.folder / "prices.yaml")
        cls.command("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def command(cls, *words, code=0):
        done = subprocess.run([str(word) for word in words], cwd=cls.example, text=True,
                              env=cls.sandbox.environment, capture_output=True, timeout=200,
                              stdin=subprocess.DEVNULL, check=False)
        if done.returncode != code:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def build(self, compiler):
        folder = self.sandbox.folder / f"build-{compiler}"
        self.command("cmake", "-S", self.example, "-B", folder,
                     f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={compiler}")
        self.command("cmake", "--build", folder)
        return folder / "embedded"

    def configure(self, lab):
        path = self.example / "headgate.yaml"
        text = (EXAMPLE / "headgate.yaml").read_text()
        self.assertIn("127.0.0.1:8790", text)
        path.write_text(text.replace("127.0.0.1:8790", lab.address))
        return path

    def test_the_example_is_short(self):
        self.assertLess(len((EXAMPLE / "main.cc").read_text().splitlines()), 60)

    def test_headers_need_the_standard_library_only(self):
        headers = sorted((self.prefix / "include/headgate").iterdir())
        self.assertIn("headgate.h", [path.name for path in headers])
        for path in headers:
            for included in re.findall(r"#include\s+([<\"].*)", path.read_text()):
                self.assertRegex(included, r"^(<[a-z_]+>|\"headgate/\w+\.h\")", path.name)

    def test_the_library_holds_machine_code_alone(self):
        (library,) = self.prefix.glob("lib*/**/libheadgate.a")
        sections = subprocess.run(["readelf", "-SW", str(library)], text=True, capture_output=True,
                                  check=True).stdout
        self.assertIn(".text", sections)
        self.assertNotIn(".gnu.lto_", sections)

    def test_the_example_runs(self):
        lab = self.sandbox.lab(self.example / "lab.yaml")
        config = self.configure(lab)
        for compiler in ("g++", "clang++"):
            with self.subTest(compiler):
                if shutil.which(compiler) is None:
                    self.skipTest(f"there is no {compiler}")
                shutil.rmtree(self.example / ".headgate", ignore_errors=True)
                told = self.command(self.build(compiler), config).stdout
                self.assertIn("answer: Sending 4.5 kg to France costs 17.90 EUR.\n", told)
                cost = re.search(r"^cost: +\$(\d+\.\d+)$", told, re.MULTILINE)
                self.assertGreater(float(cost.group(1)), 0)
                trace = re.search(r"^trace: +([0-9a-f]{32})$", told, re.MULTILINE).group(1)
                shown = self.command(self.prefix / "bin/headgate", "trace", "show", trace,
                                     "--config", config).stdout
                self.assertIn("quote_shipping", shown)

    def test_the_program_accepts_the_file_and_does_not_serve_it(self):
        lab = self.sandbox.lab(self.example / "lab.yaml", name="lab-of-the-file")
        config = self.configure(lab)
        headgate = self.prefix / "bin/headgate"
        self.command(headgate, "check", "-c", config)
        drawn = self.command(headgate, "agents", "graph", "-c", config, "--json").stdout
        self.assertEqual(json.loads(drawn)["tools"][0]["kind"], "native")
        refused = self.command(headgate, "serve", "-c", config, code=1).stderr
        self.assertIn("tools.quote_shipping is native", refused)


if __name__ == "__main__":
    unittest.main()
