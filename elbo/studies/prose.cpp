#include "elbo/studies/prose.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "elbo/report/number_format.h"
#include "elbo/run/version.h"
#include "elbo/settings/names.h"
#include "elbo/settings/toml_writer.h"
#include "elbo/studies/picture.h"
#include "elbo/studies/table.h"

namespace elbo::studies {
namespace {

constexpr std::string_view kLowest = "lowest:";

using Words = std::vector<std::string>;

Words words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// Calls `put` with the words of each {{...}}, and puts what it gives in their place.
template <typename Put>
std::string replaced(std::string_view text, const Put& put) {
  std::string result;
  for (;;) {
    const size_t open = text.find("{{"), close = text.find("}}", open == text.npos ? 0 : open);
    if (open == text.npos || close == text.npos) return result.append(text);
    result.append(text.substr(0, open)).append(put(words_of(text.substr(open + 2, close - open - 2))));
    text.remove_prefix(close + 2);
  }
}

// What each word takes: m a model, q a quantity.
const std::map<std::string, std::string, std::less<>> kFillings{
    {"data", ""},    {"epochs", ""},     {"seed", ""},   {"seeds", ""},         {"models", ""},
    {"value", "mq"}, {"estimate", "mq"}, {"title", "m"}, {"difference", "mmq"}, {"samples", "q"}};

std::string count_of(int64_t count, const char* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

const Row* row_of(const std::string& model, const std::vector<Row>& rows, const StudyResults& results) {
  const Row* lowest = nullptr;
  double value = std::numeric_limits<double>::infinity();
  for (const Row& row : rows) {
    if (results.study.id(*row.model) == model) return &row;
    if (!model.starts_with(kLowest)) continue;
    const auto figure = row.figure(model.substr(kLowest.size()));
    if (!figure || figure->estimate.mean >= value) continue;
    value = figure->estimate.mean;
    lowest = &row;
  }
  return lowest;
}

std::string data_title(const std::string& name) {
  return name == "mnist" ? "MNIST" : name == "fashion-mnist" ? "Fashion-MNIST" : name;
}

// Nothing where a figure is missing.
std::optional<std::string> filling(const Words& words, const StudyResults& results) {
  const std::vector<Row> rows = rows_of(results);
  const Settings& settings = results.plan.front().config.settings();
  std::set<std::string> data;
  std::set<const StudyModel*> models;
  std::set<uint64_t> seeds;
  for (const PlannedRun& run : results.plan) {
    data.insert(run.data);
    models.insert(run.model);
    seeds.insert(run.seed);
  }
  if (words[0] == "data") {
    return data.size() == 1 ? data_title(*data.begin()) : fmt::format("{} data sets", data.size());
  }
  if (words[0] == "epochs") return count_of(settings.integer("train.epochs"), "epoch");
  if (words[0] == "seed") return std::to_string(results.options.seed);
  if (words[0] == "seeds") return count_of(static_cast<int64_t>(seeds.size()), "seed");
  if (words[0] == "models") return std::to_string(models.size());
  if (words[0] == "samples") {
    for (const Row& row : rows) {
      if (const auto figure = row.figure(words[1])) return report::with_thousands(figure->estimate.samples);
    }
    return std::nullopt;
  }
  const Row* row = row_of(words[1], rows, results);
  if (row == nullptr) return std::nullopt;
  if (words[0] == "title") return row->model->title;
  const auto figure = row->figure(words.back());
  if (!figure) return std::nullopt;
  if (words[0] == "estimate") return report::plus_minus(figure->estimate.mean, figure->estimate.standard_error, 2);
  if (words[0] == "value") return report::fixed(figure->estimate.mean, 2);
  const Row* other = row_of(words[2], rows, results);
  const auto less = other != nullptr ? other->figure(words.back()) : std::nullopt;
  if (!less) return std::nullopt;
  return report::fixed(figure->estimate.mean - less->estimate.mean, 2);
}

struct Block {
  enum class Kind : uint8_t { kParagraph, kHeading, kSubheading, kNote, kList, kCode, kInsert };
  Kind kind = Kind::kParagraph;
  std::string text;                  // of code: with its line breaks
  std::string title{};               // of code
  std::vector<std::string> items{};  // of a list
};

// A whole line {{...}} that is no filling of a text.
bool is_insert(std::string_view line) {
  if (!line.starts_with("{{") || line.find("}}") != line.size() - 2) return false;
  const Words words = words_of(line.substr(2, line.size() - 4));
  return words.empty() || !kFillings.contains(words.front());
}

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  bool open = false, code = false;  // whether a next line belongs to the last block
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (code) {
      if (line.starts_with("```")) {
        code = false;
      } else {
        blocks.back().text += line + "\n";
      }
      continue;
    }
    const auto begin = [&](Block::Kind kind, size_t skip) {
      blocks.push_back({.kind = kind, .text = line.substr(skip)});
      open = kind == Block::Kind::kParagraph || kind == Block::Kind::kNote;
    };
    if (line.find_first_not_of(" \t") == line.npos) {
      open = false;
    } else if (line.starts_with("```")) {
      blocks.push_back({.kind = Block::Kind::kCode, .text = "", .title = line.substr(3)});
      code = true;
    } else if (line.starts_with("### ")) {
      begin(Block::Kind::kSubheading, 4);
    } else if (line.starts_with("## ")) {
      begin(Block::Kind::kHeading, 3);
    } else if (line.starts_with("- ")) {
      if (!open || blocks.back().kind != Block::Kind::kList) begin(Block::Kind::kList, line.size());
      blocks.back().items.push_back(line.substr(2));
      open = true;
    } else if (is_insert(line)) {
      begin(Block::Kind::kInsert, 0);
    } else if (open && blocks.back().kind == Block::Kind::kNote && line.starts_with("> ")) {
      blocks.back().text += line.substr(1);
    } else if (open) {
      std::string& text = blocks.back().kind == Block::Kind::kList ? blocks.back().items.back() : blocks.back().text;
      text += " " + line.substr(line.find_first_not_of(' '));
    } else if (line.starts_with("> ")) {
      begin(Block::Kind::kNote, 2);
    } else {
      begin(Block::Kind::kParagraph, 0);
    }
  }
  return blocks;
}

// The table or picture of that file.
const Settings* named(const Study& study, const char* list, std::string_view file, size_t* index = nullptr) {
  const auto parts = study.settings.parts(list);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (index != nullptr) *index = i;
    if (parts[i].text("file") == file) return &parts[i];
  }
  return nullptr;
}

void insert(report::HtmlPage& page, const Words& words, const StudyResults& results) {
  if (words[0] == "table") {
    page.table(table_of(results, *named(results.study, "tables", words[1])));
  } else if (words[0] == "picture") {
    size_t index = 0;
    const Settings& picture = *named(results.study, "pictures", words[1], &index);
    for (const Drawn::Part& part : picture.row<PictureKind>().draw(results, index, picture).parts) {
      if (!part.heading.empty()) page.subheading(part.heading);
      page.figures(part.figures);
    }
  } else {
    std::set<const StudyModel*> shown;
    for (const PlannedRun& run : results.plan) {
      if (!shown.insert(run.model).second) continue;
      page.code(
          {.text = to_toml(run.config.settings()), .title = (run.folder / "config.toml").string(), .folded = true});
    }
  }
}

std::string fault_of(const Words& words, bool alone, const Study& study, const std::vector<std::string>& quantities) {
  const std::string what = fmt::format("{{{{{}}}}}", fmt::join(words, " "));
  if (words.empty()) return "{{}} says nothing";
  if (alone && words[0] == "configurations" && words.size() == 1) return "";
  if (alone && (words[0] == "table" || words[0] == "picture") && words.size() == 2) {
    const char* list = words[0] == "table" ? "tables" : "pictures";
    std::vector<std::string> files;
    for (const Settings& part : study.settings.parts(list)) files.push_back(part.text("file"));
    const bool known = std::find(files.begin(), files.end(), words[1]) != files.end();
    return known ? "" : what + ": " + unknown_name(words[0], words[1], files);
  }
  const auto filling = kFillings.find(words[0]);
  if (filling == kFillings.end()) {
    std::vector<std::string> known{"table", "picture", "configurations"};
    for (const auto& [name, takes] : kFillings) known.push_back(name);
    return what + ": " + unknown_name("word", words[0], known);
  }
  if (words.size() != filling->second.size() + 1) {
    return fmt::format("{}: takes {} words after its name", what, filling->second.size());
  }
  for (size_t i = 0; i < filling->second.size(); ++i) {
    std::string word = words[i + 1];
    const bool is_lowest = word.starts_with(kLowest);
    if (filling->second[i] == 'm' && !is_lowest) {
      std::vector<std::string> models;
      for (const StudyModel& model : study.models) models.push_back(study.id(model));
      if (study.find(word) == nullptr) return what + ": " + unknown_name("model", word, models);
      continue;
    }
    for (const std::string& part : quantity_parts(is_lowest ? word.substr(kLowest.size()) : word)) {
      if (std::find(quantities.begin(), quantities.end(), part) != quantities.end()) continue;
      return what + ": " + unknown_name("quantity", part, quantities);
    }
  }
  return "";
}

}  // namespace

std::optional<std::string> filled(std::string_view text, const StudyResults& results) {
  bool complete = true;
  std::string result = replaced(text, [&](const Words& words) {
    const std::optional<std::string> own = filling(words, results);
    complete = complete && own.has_value();
    return own.value_or("");
  });
  return complete ? std::optional(std::move(result)) : std::nullopt;
}

std::string page_fault(const Study& study) {
  const std::vector<std::string> quantities = quantities_of(study);
  std::string fault;
  const auto check = [&](const std::string& text, bool alone) {
    replaced(text, [&](const Words& words) {
      if (fault.empty()) fault = fault_of(words, alone, study, quantities);
      return "";
    });
  };
  for (const Block& block : blocks_of(study.page)) {
    check(block.text, block.kind == Block::Kind::kInsert);
    for (const std::string& item : block.items) check(item, false);
  }
  check(study.text("title"), false);
  check(study.text("subtitle"), false);
  for (const Settings& table : study.settings.parts("tables")) {
    for (const std::string& note : table.texts("notes")) check(note, false);
  }
  for (const Settings& picture : study.settings.parts("pictures")) check(picture.text("title"), false);
  return fault;
}

std::string page_of(const StudyResults& results) {
  const Study& study = results.study;
  report::HtmlPage page(filled(study.text("title"), results).value_or(study.name));
  if (const auto subtitle = filled(study.text("subtitle"), results); subtitle && !subtitle->empty()) {
    page.subtitle(*subtitle);
  }
  if (results.runs.size() < results.plan.size()) {
    page.note(fmt::format("{} of {} runs are finished; the same command goes on with the others.", results.runs.size(),
                          results.plan.size()));
  }
  for (const Block& block : blocks_of(study.page)) {
    if (block.kind == Block::Kind::kInsert) {
      insert(page, words_of(std::string_view(block.text).substr(2, block.text.size() - 4)), results);
      continue;
    }
    const std::optional<std::string> text = filled(block.text, results);
    if (!text) continue;
    switch (block.kind) {
      case Block::Kind::kHeading:
        page.heading(*text);
        break;
      case Block::Kind::kSubheading:
        page.subheading(*text);
        break;
      case Block::Kind::kNote:
        page.note(*text);
        break;
      case Block::Kind::kCode:
        page.code({.text = *text, .title = block.title});
        break;
      case Block::Kind::kList: {
        std::vector<std::string> items;
        for (const std::string& item : block.items) {
          if (auto own = filled(item, results)) items.push_back(std::move(*own));
        }
        if (!items.empty()) page.list(items);
        break;
      }
      default:
        page.paragraph(*text);
    }
  }
  page.footer(fmt::format("elbo {} · {}", run::kVersion, command_of(study, results.options)));
  return page.str();
}

}  // namespace elbo::studies
