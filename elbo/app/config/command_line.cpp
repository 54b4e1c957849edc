#include "elbo/app/config/command_line.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>
#include <iostream>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>

#include "elbo/app/config/command_help.h"
#include "elbo/app/config/process.h"
#include "elbo/engine/machine.h"
#include "elbo/run/memory.h"
#include "elbo/run/version.h"
#include "elbo/settings/describe.h"
#include "elbo/settings/names.h"
#include "elbo/settings/text_layout.h"

namespace elbo::app {
namespace {

constexpr int kOwnFault = 1;

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
}

// A full disk shows when the buffers are emptied; a command whose output is lost is not done.
void flush_output() {
  std::cout.flush();
  if (!std::cout || std::fflush(stdout) != 0 || std::ferror(stdout)) throw IoError("standard output cannot be written");
}

int complain(const std::string& sentence, int code) {
  std::fprintf(stderr, "elbo: %s\n", printable(sentence).c_str());
  return code;
}

const Command& find_command(std::span<const Command* const> commands, const std::string& name) {
  std::vector<std::string> names;
  for (const Command* command : commands) {
    if (command->name == name) return *command;
    names.push_back(command->name);
  }
  const std::optional<std::string> meant = name.size() <= 80 ? closest_name(name, names) : std::nullopt;
  const std::string hint = meant ? fmt::format(" (did you mean {}?)", *meant) : "; see elbo --help";
  throw ConfigError(fmt::format("unknown command \"{}\"{}", shortened(name), hint));
}

// What the words say of a configuration, file and settings; where they are not right yet, the defaults.
Settings chosen_by(const Command& command, std::vector<std::string> words) {
  std::erase(words, "--help-config");
  Arguments arguments(command.name);
  command.declare(arguments);
  try {
    arguments.parse(words);
    const bool takes_file = std::any_of(arguments.items().begin(), arguments.items().end(),
                                        [](const Arguments::Item& item) { return item.option.key == "CONFIG"; });
    return arguments.config(takes_file ? arguments.text("CONFIG") : std::string()).settings();
  } catch (const Error&) {
    return resolve(*arguments.schema(), {});
  }
}

ExitCode dispatch(std::span<const Command* const> commands, std::vector<std::string> words) {
  if (words.empty()) {
    std::fputs(program_help(commands).c_str(), stderr);
    throw ConfigError("a command is missing");
  }
  // "elbo help train" is "elbo train --help".
  if (words[0] == "help") {
    words.erase(words.begin());
    words.resize(std::min<size_t>(words.size(), 1));
    words.emplace_back("--help");
  }
  const std::string first = words[0];
  if (first == "--help" || first == "-h") {
    print(program_help(commands));
    return ExitCode::kDone;
  }
  if (first == "--version") {
    print(fmt::format("elbo {}\n", run::kVersion));
    return ExitCode::kDone;
  }
  if (first.starts_with('-')) {
    const std::optional<std::string> meant =
        first.size() <= 80 ? closest_name(first, {"--help", "--version"}) : std::nullopt;
    const std::string hint = meant ? fmt::format(" (did you mean {}?)", *meant) : "; a command comes first";
    throw ConfigError(fmt::format("unknown option \"{}\"{}", shortened(first), hint));
  }
  const Command& command = find_command(commands, first);
  Arguments arguments(command.name);
  command.declare(arguments);
  arguments.parse({words.begin() + 1, words.end()});
  if (arguments.flag("help")) {
    print(command_help(command, arguments));
    return ExitCode::kDone;
  }
  if (arguments.schema() && arguments.flag("help-config")) {
    print(describe(chosen_by(command, {words.begin() + 1, words.end()})));
    return ExitCode::kDone;
  }
  // Before anything is compiled or computed.
  if (arguments.has("isa") && arguments.text("isa") != "best") limit_instruction_set(arguments.text("isa"));
  return command.run(arguments);
}

constexpr std::string_view kLessMemory =
    ": fewer rows (data.limit), smaller batches (train.batch_size, evaluate.batch_size) or fewer samples need less";

}  // namespace

int run_program(std::span<const Command* const> commands, int argc, const char* const* argv) {
  prepare_process();
  try {
    const ExitCode code = dispatch(commands, {argv + std::min(argc, 1), argv + argc});
    flush_output();
    return static_cast<int>(code);
  } catch (const Error& error) {
    return complain(error.what(), static_cast<int>(error.code()));
  } catch (const OutOfMemory& error) {
    return complain("the program " + run::sentence(error) + std::string(kLessMemory),
                    static_cast<int>(ExitCode::kInputOutput));
  } catch (const std::bad_alloc&) {
    return complain("out of memory" + std::string(kLessMemory), static_cast<int>(ExitCode::kInputOutput));
  } catch (const std::system_error& error) {
    return complain(error.what(), static_cast<int>(ExitCode::kInputOutput));
  } catch (const std::exception& error) {
    return complain(fmt::format("internal error, please report it: {}", error.what()), kOwnFault);
  }
}

}  // namespace elbo::app
