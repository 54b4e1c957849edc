#include "elbo/studies/table.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

const ColumnKind kModelColumn{
    .name = "model",
    .description = "title of the model",
    .paper = "",
    .settings = {},
    .cell = [](const Row& row, const std::vector<Row>& /*all*/, const StudyResults& /*results*/,
               const Settings& /*settings*/) { return report::Cell(row.model->title); }};

const ColumnKind kGroupColumn{
    .name = "group",
    .description = "title of the model's group",
    .paper = "",
    .settings = {},
    .cell = [](const Row& row, const std::vector<Row>& /*all*/, const StudyResults& results,
               const Settings& /*settings*/) { return report::Cell(results.study.groups[row.model->group].title); }};

const ColumnKind kDataColumn{
    .name = "data",
    .description = "name of the data set",
    .paper = "",
    .settings = {},
    .cell = [](const Row& row, const std::vector<Row>& /*all*/, const StudyResults& /*results*/,
               const Settings& /*settings*/) { return report::Cell(row.data); }};

const ColumnKind kFigureColumn{
    .name = "figure",
    .description = "a measured quantity, the mean over seeds, with its error where it has one; or a known figure",
    .paper = "",
    .settings = {quantity_option(), factor_option(), best_option(),
                 Integer{.key = "digits",
                         .value = 2,
                         .meaning = "after the point, at least",
                         .limits = {.at_least = 0, .at_most = 12}}},
    .cell = [](const Row& row, const std::vector<Row>& all, const StudyResults& /*results*/,
               const Settings& settings) -> report::Cell {
      const std::optional<Pooled> figure = row.figure(settings.text("quantity"));
      if (!figure) return {};
      const report::Cell cell = figure_cell(*figure, settings);
      return is_best(row, all, settings) ? strong(cell) : cell;
    }};

const ColumnKind kCountColumn{.name = "count",
                              .description = "a whole number: parameters, count_train, count_test",
                              .paper = "",
                              .settings = {quantity_option()},
                              .cell = [](const Row& row, const std::vector<Row>& /*all*/,
                                         const StudyResults& /*results*/, const Settings& settings) -> report::Cell {
                                const auto figure = row.figure(settings.text("quantity"));
                                if (!figure) return {};
                                return report::Count{std::llround(figure->estimate.mean)};
                              }};

const ColumnKind kSpreadColumn{.name = "spread",
                               .description = "standard deviation of a quantity between seeds",
                               .paper = "",
                               .settings = {quantity_option()},
                               .cell = [](const Row& row, const std::vector<Row>& /*all*/,
                                          const StudyResults& /*results*/, const Settings& settings) -> report::Cell {
                                 const auto figure = row.figure(settings.text("quantity"));
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
          cells.push_back(column.row<ColumnKind>().cell(rows[i], rows, results, column));
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
      std::vector<std::string> data;
      std::vector<const StudyModel*> models;
      const std::string &quantity = settings.text("quantity"), &reference = settings.text("reference");
      for (const Row& row : rows) {
        if (std::find(models.begin(), models.end(), row.model) == models.end()) models.push_back(row.model);
        if (std::find(data.begin(), data.end(), row.data) != data.end()) continue;
        data.push_back(row.data);
        heads.push_back({.name = row.data, .key = row.data});
        double largest = 0;
        for (const Row& other : rows) {
          const auto figure = other.data == row.data ? other.figure(quantity) : std::nullopt;
          if (figure) largest = std::max(largest, figure->estimate.standard_error);
        }
        errors.emplace_back(report::Number{.value = largest});
        const auto figure = reference.empty() ? std::nullopt : row.figure(reference);
        references.push_back(figure ? report::Cell(report::Number{.value = scaled(*figure, settings)})
                                    : report::Cell());
      }
      report::Table table(heads);
      if (!reference.empty()) table.add_row(references).add_rule();
      for (const StudyModel* model : models) {
        std::vector<report::Cell> cells{model->title};
        for (const std::string& name : data) {
          const auto same = [&](const Row& row) { return row.model == model && row.data == name; };
          const auto row = std::find_if(rows.begin(), rows.end(), same);
          const auto figure = row != rows.end() ? row->figure(quantity) : std::nullopt;
          const report::Cell cell =
              figure ? report::Cell(report::Number{.value = scaled(*figure, settings)}) : report::Cell();
          cells.push_back(figure && is_best(*row, rows, settings) ? strong(cell) : cell);
        }
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
