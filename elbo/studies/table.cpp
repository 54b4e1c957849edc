#include "elbo/studies/table.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "elbo/studies/prose.h"

namespace elbo::studies {
namespace {

Option quantity_option(const char* meaning = "what is shown; \"a-b\" is a difference") {
  return Text{.key = "quantity", .value = "", .meaning = meaning};
}
Option factor_option() {
  return Number{.key = "factor", .value = 1, .meaning = "shown is so many times the figure: -1, 100"};
}
Option best_option() {
  return Text{
      .key = "best", .value = "none", .meaning = "in bold, of each data set", .choices = {"lowest", "highest", "none"}};
}

double scaled(const Pooled& figure, const Settings& settings) {
  return settings.number("factor") * figure.estimate.mean;
}

// Whether no other row of the same data set has a better figure.
bool is_best(const Row& row, const std::vector<Row>& all, const Settings& settings) {
  const std::string& best = settings.text("best");
  const std::string& quantity = settings.text("quantity");
  const std::optional<Pooled> own = row.figure(quantity);
  if (best == "none" || !own) return false;
  return std::none_of(all.begin(), all.end(), [&](const Row& other) {
    const std::optional<Pooled> figure = other.data == row.data ? other.figure(quantity) : std::nullopt;
    if (!figure) return false;
    const double difference = scaled(*figure, settings) - scaled(*own, settings);
    return best == "lowest" ? difference < 0 : difference > 0;
  });
}

// As many digits as the error asks for, and `least` at least, so that a small error does not show as none.
report::Cell figure_cell(const Pooled& figure, const Settings& settings) {
  const int least = static_cast<int>(settings.integer("digits"));
  const double mean = scaled(figure, settings);
  if (figure.estimate.samples == 0 || std::isnan(figure.estimate.standard_error)) {
    return report::Number{.value = mean, .digits = least};
  }
  const double error = std::abs(settings.number("factor")) * figure.estimate.standard_error;
  const int digits = error > 0 && std::isfinite(error) ? std::max(report::digits_for(error), least) : least;
  return report::Estimate{.mean = mean, .standard_error = error, .digits = digits};
}

const ColumnKind kModelColumn{.name = "model",
                              .description = "title of the model",
                              .paper = "",
                              .settings = {},
                              .cell = [](const CellSite& at) -> report::Cell { return at.row.model->title; }};

const ColumnKind kGroupColumn{
    .name = "group",
    .description = "title of the model's group",
    .paper = "",
    .settings = {},
    .cell = [](const CellSite& at) -> report::Cell { return at.results.study.groups[at.row.model->group].title; }};

const ColumnKind kDataColumn{.name = "data",
                             .description = "name of the data set",
                             .paper = "",
                             .settings = {},
                             .cell = [](const CellSite& at) -> report::Cell { return at.row.data; }};

const ColumnKind kFigureColumn{
    .name = "figure",
    .description = "a measured quantity, the mean over seeds, with its error where it has one; or a known figure",
    .paper = "",
    .settings = {quantity_option(), factor_option(), best_option(),
                 Integer{.key = "digits",
                         .value = 2,
                         .meaning = "after the point, at least",
                         .limits = {.at_least = 0, .at_most = 12}}},
    .cell = [](const CellSite& at) -> report::Cell {
      const std::optional<Pooled> figure = at.row.figure(at.settings.text("quantity"));
      if (!figure) return {};
      const report::Cell cell = figure_cell(*figure, at.settings);
      return is_best(at.row, at.all, at.settings) ? strong(cell) : cell;
    }};

const ColumnKind kCountColumn{.name = "count",
                              .description = "a whole number: parameters, count_train, count_test",
                              .paper = "",
                              .settings = {quantity_option()},
                              .cell = [](const CellSite& at) -> report::Cell {
                                const auto figure = at.row.figure(at.settings.text("quantity"));
                                return figure ? report::Count{std::llround(figure->estimate.mean)} : report::Cell();
                              }};

const ColumnKind kSpreadColumn{.name = "spread",
                               .description = "standard deviation of a quantity between seeds",
                               .paper = "",
                               .settings = {quantity_option()},
                               .cell = [](const CellSite& at) -> report::Cell {
                                 const auto figure = at.row.figure(at.settings.text("quantity"));
                                 if (!figure || !figure->spread) return {};
                                 return report::Number{.value = *figure->spread};
                               }};

const std::vector<Option> kColumnPlace{
    Text{.key = "title", .value = "", .meaning = "at its head; empty: the quantity, or the column's name"},
    Text{.key = "unit", .value = "", .meaning = "behind the title"},
    Text{.key = "key", .value = "", .meaning = "in CSV and JSON; empty: the quantity, or from the title"}};

report::Column head_of(const Settings& column) {
  const std::string own = column.has("quantity") ? column.text("quantity") : std::string(column.name());
  return {.name = column.text("title").empty() ? own : column.text("title"),
          .unit = column.text("unit"),
          .key = column.text("key").empty() ? own : column.text("key")};
}

const TableLayout kList{
    .name = "list",
    .description = "a row for each model on each data set",
    .paper = "",
    .settings = {Part{.key = "columns",
                      .value = "model",
                      .meaning = "what stands in a row",
                      .rows = column_kinds().view(),
                      .chain = true,
                      .place = kColumnPlace}},
    .make = [](const std::vector<Row>& rows, const StudyResults& results, const Settings& settings) {
      const auto columns = settings.parts("columns");
      std::vector<report::Column> heads;
      for (const Settings& column : columns) heads.push_back(head_of(column));
      report::Table table(heads);
      for (size_t i = 0; i < rows.size(); ++i) {
        if (i > 0 && (rows[i - 1].data != rows[i].data || rows[i - 1].model->group != rows[i].model->group)) {
          table.add_rule();
        }
        std::vector<report::Cell> cells;
        for (const Settings& column : columns) {
          cells.push_back(column.row<ColumnKind>().cell({rows[i], rows, results, column}));
        }
        table.add_row(cells);
      }
      return table;
    }};

const TableLayout kMatrix{
    .name = "matrix",
    .description = "a row for each model, a column for each data set: one quantity, without errors",
    .paper = "",
    .settings = {quantity_option(), factor_option(), best_option(),
                 Text{.key = "reference", .value = "", .meaning = "quantity of the data in a row above all models"},
                 Text{.key = "reference_title", .value = "", .meaning = "name of that row"},
                 Text{.key = "errors_title",
                      .value = "± at most",
                      .meaning = "name of a last row, the largest standard error of each column"}},
    .make = [](const std::vector<Row>& rows, const StudyResults& /*results*/, const Settings& settings) {
      std::vector<report::Column> heads{{.name = "model"}};
      std::vector<report::Cell> references{settings.text("reference_title")}, errors{settings.text("errors_title")};
      // The other cells of each model: one for each data set, or none where there is no such run (yet).
      std::vector<std::pair<const StudyModel*, std::vector<report::Cell>>> lines;
      const auto number = [&](const std::optional<Pooled>& figure) {
        return figure ? report::Number{.value = scaled(*figure, settings)} : report::Cell();
      };
      std::map<std::string, size_t> places;
      std::vector<double> largest;
      for (const Row& row : rows) {
        const size_t place = places.emplace(row.data, places.size()).first->second;
        if (place == largest.size()) {
          heads.push_back({.name = row.data, .key = row.data});
          references.push_back(number(row.figure(settings.text("reference"))));
          largest.push_back(0);
        }
        auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& one) { return one.first == row.model; });
        if (line == lines.end()) line = lines.insert(lines.end(), {row.model, {row.model->title}});
        line->second.resize(place + 1);
        const auto figure = row.figure(settings.text("quantity"));
        line->second.push_back(is_best(row, rows, settings) ? strong(number(figure)) : number(figure));
        if (figure) largest[place] = std::max(largest[place], figure->estimate.standard_error);
      }
      for (const double error : largest) errors.emplace_back(report::Number{.value = error});
      report::Table table(heads);
      if (!settings.text("reference").empty()) table.add_row(references).add_rule();
      for (auto& [model, cells] : lines) {
        cells.resize(heads.size());
        table.add_row(cells);
      }
      return table.add_rule().add_row(errors);
    }};

}  // namespace

const Registry<ColumnKind>& column_kinds() {
  static const Registry<ColumnKind> all(
      "column", {&kModelColumn, &kGroupColumn, &kDataColumn, &kFigureColumn, &kCountColumn, &kSpreadColumn});
  return all;
}

const Registry<TableLayout>& table_layouts() {
  static const Registry<TableLayout> all("table", {&kList, &kMatrix});
  return all;
}

Option table_part() {
  return Part{
      .key = "tables",
      .value = "none",
      .meaning = "what the study prints and the page shows",
      .rows = table_layouts().view(),
      .optional = true,
      .chain = true,
      .place = {Text{.key = "file", .value = "table", .meaning = "FILE.md, FILE.csv and FILE.json in the folder"},
                Texts{.key = "notes", .value = {}, .meaning = "sentences below it"},
                Texts{.key = "without", .value = {}, .meaning = "models that are left out"}}};
}

report::Table table_of(const StudyResults& results, const Settings& settings) {
  std::vector<Row> rows = rows_of(results);
  const std::vector<std::string>& without = settings.texts("without");
  std::erase_if(rows, [&](const Row& row) {
    return std::find(without.begin(), without.end(), results.study.id(*row.model)) != without.end();
  });
  report::Table table = settings.row<TableLayout>().make(rows, results, settings);
  for (const std::string& note : settings.texts("notes")) {
    if (const auto text = filled(note, results)) table.add_note(*text);
  }
  return table;
}

}  // namespace elbo::studies
