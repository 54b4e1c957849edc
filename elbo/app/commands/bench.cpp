#include <fmt/format.h>
#include <iostream>

#include "elbo/app/bench/show.h"
#include "elbo/app/commands/commands.h"
#include "elbo/engine/machine.h"
#include "elbo/report/progress.h"

namespace elbo::app {
namespace {

using namespace bench;

void declare_bench(Arguments& arguments) {
  std::string names;
  for (const WorkloadEntry* entry : workloads()) names += (names.empty() ? "" : ", ") + std::string(entry->name);
  arguments.add_positional({.name = "WORKLOAD",
                            .meaning = "what to time: " + names + "; without any, all of them",
                            .required = false,
                            .repeated = true});
  arguments.add_option(Integer{.key = "threads",
                               .value = 0,
                               .meaning = "threads; 0: one for each core",
                               .limits = {.at_least = 0, .at_most = 4096}});
  arguments.add_option(Integer{.key = "repeats",
                               .value = 7,
                               .meaning = "measurements of each workload, which take turns",
                               .limits = {.at_least = 1, .at_most = 100'000}});
  arguments.add_option(Number{.key = "seconds-per-repeat",
                              .value = 0.3,
                              .meaning = "how long each measurement is, about",
                              .unit = "seconds",
                              .limits = {.above = 0, .at_most = 3600}});
  arguments.add_option(Flag{.key = "first-step",
                            .meaning =
                                "only make the workload and run it in this process: \"s\" appears when the first "
                                "step is done, then the peak memory in KiB; what the timings start afresh"});
  arguments.add_option(Flag{.key = "json", .meaning = "print one line of JSON for each workload"});
}

std::vector<const WorkloadEntry*> chosen(const Arguments& arguments) {
  std::vector<const WorkloadEntry*> entries;
  if (!arguments.given("WORKLOAD")) {
    entries.assign(workloads().begin(), workloads().end());
    return entries;
  }
  for (const std::string& name : arguments.texts("WORKLOAD")) entries.push_back(&workload_named(name));
  return entries;
}

ExitCode run_bench(const Arguments& arguments) {
  const std::vector<const WorkloadEntry*> entries = chosen(arguments);
  const auto given = static_cast<int>(arguments.integer("threads"));
  const int threads = given > 0 ? given : available_threads();
  if (arguments.flag("first-step")) {
    if (entries.size() != 1) throw ConfigError("bench: --first-step is for one workload");
    run_first_step(*entries.front(), {.threads = threads});
    return ExitCode::kDone;
  }

  report::Progress progress;
  std::vector<Shown> all;
  for (const WorkloadEntry* entry : entries) {
    progress.update(0, fmt::format("{} in a fresh process", entry->name));
    all.push_back(
        {.result = {}, .fresh = measure_fresh_process(own_program(), std::string(entry->name), {.threads = threads})});
  }
  const auto repeats = static_cast<int>(arguments.integer("repeats"));
  int said = 0;
  const Results results = measure(entries, {.threads = threads,
                                            .repeats = repeats,
                                            .seconds_per_repeat = arguments.number("seconds-per-repeat"),
                                            .say = [&](const std::string& text) {
                                              const double all_said =
                                                  static_cast<double>(repeats) + static_cast<double>(entries.size());
                                              progress.update(static_cast<double>(said++) / all_said, text);
                                            }});
  progress.finish(fmt::format("{} {}", entries.size(), entries.size() == 1 ? "workload" : "workloads"));
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].result = results.workloads[i];
    if (arguments.flag("json")) std::cout << json_line(all[i], results, repeats) << "\n";
  }
  if (!arguments.flag("json")) std::cout << results_table(all, results).to_text();
  return ExitCode::kDone;
}

}  // namespace

const Command& bench_command() {
  static const Command command{
      .name = "bench",
      .summary = "time training steps, evaluations and readers on this machine",
      .help =
          "Times named workloads. Each first has its answer held against the reference interpreter, and a training "
          "must make its loss fall. Then the workloads take turns: every round measures each of them once, and the "
          "peak of "
          "the machine by a loop of multiply-adds in registers, so that a disturbance hits all alike.\n\n"
          "A step is all of it: taking the rows of the next batch, noise, forward, backward and update. Not timed: "
          "building and compiling, but for the time to the first step, which is taken from the start of a fresh "
          "process "
          "of this program; so is the peak of memory. share_of_peak counts the arithmetic of matrix products only.\n\n"
          "With several threads a round also measures how long what one has written takes to be seen by another: some "
          "25 ns on one core, some 60 in a cache they share, and hundreds where they share none. A virtual machine may "
          "move from one to another by the minute: at 25 a second thread gains nothing, and at hundreds less than it "
          "could.",
      .examples = {{"elbo bench", "all workloads"},
                   {"elbo bench vae-kong-li vae-planar-80 --json", "two of them, and the ratio of their steps"}},
      .declare = declare_bench,
      .run = run_bench};
  return command;
}

}  // namespace elbo::app
