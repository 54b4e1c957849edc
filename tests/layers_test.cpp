// The layers depend one way: this reads every include of the library and holds the table in docs/design.md.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"settings", {}},
    {"engine", {"settings"}},
    {"io", {"settings", "engine"}},
    {"nn", {"settings", "engine"}},
    {"prob", {"settings", "engine"}},
    {"data", {"settings", "engine", "io"}},
    {"report", {"settings", "engine", "io"}},
    {"flows", {"settings", "engine", "nn", "prob"}},
    {"models", {"settings", "engine", "nn", "prob", "flows"}},
    {"train", {"settings", "engine", "io", "nn", "data"}},
    {"eval", {"settings", "engine", "nn", "prob", "flows", "models", "data"}},
    {"run", {"settings", "engine", "io", "nn", "prob", "data", "report", "flows", "models", "train", "eval"}},
    {"studies",
     {"settings", "engine", "io", "nn", "prob", "data", "report", "flows", "models", "train", "eval", "run"}},
    {"app",
     {"settings", "engine", "io", "nn", "prob", "data", "report", "flows", "models", "train", "eval", "run",
      "studies"}},
};

TEST(Layers, IncludeOnlyWhatStandsBeforeThem) {
  const std::filesystem::path root = std::filesystem::path(ELBO_SOURCE_DIR) / "elbo";
  int includes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string layer = *std::filesystem::relative(entry.path(), root).begin();
    if (layer == "elbo.h") continue;  // everything
    ASSERT_EQ(kMayInclude.count(layer), 1U) << "no such layer: " << entry.path();
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const std::string start = "#include \"elbo/";
      if (line.rfind(start, 0) != 0) continue;
      const std::string used = line.substr(start.size(), line.find('/', start.size()) - start.size());
      EXPECT_TRUE(used == layer || kMayInclude.at(layer).count(used) == 1) << entry.path() << ": " << line;
      ++includes;
    }
  }
  EXPECT_GT(includes, 100);
}

// The parts of the engine, first to last: each may include itself and those before it.  Names are under elbo/engine/; a
// folder stands for what is in it, but for files that are named themselves.  What other layers include are the headers
// outside of all folders.
struct Part {
  std::string name;
  std::vector<std::string> files;
};
const std::vector<Part> kEngine = {
    {"machine and random numbers", {"machine.h", "memory_limit.h", "philox.h", "random/"}},
    {"graph", {"array.h", "finite.h", "shape.h", "variable.h", "graph.h", "op.h", "graph_text.h", "graph/"}},
    {"operations", {"ops.h", "gradients.h", "ops/"}},
    {"passes that know no device", {"passes/"}},
    {"reference interpreter", {"interpreter.h", "reference/interpreter.cpp"}},
    {"interface of back ends", {"compile.h", "backend.h"}},
    {"reference back end", {"reference/"}},
    {"cpu: kernels", {"cpu/kernels/"}},
    {"cpu: table of operations, declared", {"cpu/op_table.h"}},
    {"cpu: schedule", {"cpu/schedule/"}},
    {"cpu: passes", {"cpu/passes/"}},
    {"cpu: lowering", {"cpu/lower/"}},
    {"cpu: running", {"cpu/run/"}},
    {"cpu: table of operations, and the back end", {"cpu/"}},
    {"compile", {"compile.cpp"}},
};

// The place of a file in the list: by its own name, or else by that of its folder.
size_t part_of(const std::string& file) {
  for (const bool whole : {true, false}) {
    for (size_t part = 0; part < kEngine.size(); ++part) {
      for (const std::string& name : kEngine[part].files) {
        if (whole ? file == name : name.back() == '/' && file.rfind(name, 0) == 0) return part;
      }
    }
  }
  return kEngine.size();
}

// Folders within folders come first in the list, so "cpu/" is what is left of it.
TEST(Layers, PartsOfTheEngineIncludeOnlyWhatStandsBeforeThem) {
  const std::filesystem::path root = std::filesystem::path(ELBO_SOURCE_DIR) / "elbo" / "engine";
  std::set<size_t> seen;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string file = std::filesystem::relative(entry.path(), root);
    const size_t part = part_of(file);
    ASSERT_LT(part, kEngine.size()) << "no part of the engine: " << file;
    seen.insert(part);
    const bool of_cpu = file.rfind("cpu/", 0) == 0;
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) {
      const std::string start = "#include \"elbo/engine/";
      if (line.rfind(start, 0) != 0) continue;
      const std::string used = line.substr(start.size(), line.find('"', start.size()) - start.size());
      EXPECT_LE(part_of(used), part) << file << " (" << kEngine[part].name << "): " << line;
      // Back ends know nothing of each other.
      EXPECT_FALSE(of_cpu && (used == "interpreter.h" || used.rfind("reference/", 0) == 0)) << file << ": " << line;
    }
  }
  EXPECT_EQ(seen.size(), kEngine.size()) << "a part is listed that has no files";
}

// What other layers include of the engine stands outside of its folders.
TEST(Layers, OthersIncludeTheFaceOfTheEngine) {
  const std::filesystem::path root = std::filesystem::path(ELBO_SOURCE_DIR) / "elbo";
  const std::string start = "#include \"elbo/engine/";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    if (*std::filesystem::relative(entry.path(), root).begin() == "engine") continue;
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) {
      if (line.rfind(start, 0) != 0) continue;
      EXPECT_EQ(line.find('/', start.size()), std::string::npos) << entry.path() << ": " << line;
    }
  }
}

// Heavy headers stay in the .cpp files that need them, oneDNN in one pair of files.
TEST(Layers, HeadersStayLight) {
  const std::filesystem::path root = std::filesystem::path(ELBO_SOURCE_DIR) / "elbo";
  int users_of_onednn = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string file_name = entry.path().filename();
    const bool shared_code =
        file_name.find("-inl.h") != std::string::npos || file_name.find("_internal.h") != std::string::npos;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.find("#include <dnnl") == 0) ++users_of_onednn;
      if (extension != ".h" || shared_code) continue;
      for (const char* heavy :
           {"<dnnl", "<hwy/", "<Eigen/", "<nlohmann/", "<toml++", "<CLI/", "<png.h>", "<zlib.h>", "<xxhash.h>"}) {
        EXPECT_EQ(line.find(std::string("#include ") + heavy), std::string::npos) << entry.path() << ": " << line;
      }
    }
  }
  EXPECT_EQ(users_of_onednn, 1);
}

// What is installed for users: no program, and of the engine what stands outside its folders.
bool is_public(const std::filesystem::path& header) {
  const std::string name = header.filename(), layer = *header.begin();
  if (header.extension() != ".h" || name.ends_with("_internal.h") || name.ends_with("-inl.h")) return false;
  return header != "elbo.h" && layer != "app" && (layer != "engine" || header.parent_path() == "engine");
}

TEST(Layers, OneHeaderIncludesEveryPublicOne) {
  const std::filesystem::path root = std::filesystem::path(ELBO_SOURCE_DIR) / "elbo";
  std::set<std::string> expected, included;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::filesystem::path header = std::filesystem::relative(entry.path(), root);
    if (is_public(header)) expected.insert("#include \"elbo/" + header.string() + "\"");
  }
  std::ifstream file(root / "elbo.h");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("#include", 0) == 0) included.insert(line);
  }
  EXPECT_EQ(included, expected) << "elbo/elbo.h is to name every public header";
}

}  // namespace
