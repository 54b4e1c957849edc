// The program: a list of commands, and the way from argc and argv to an exit code.
//
//   const Command kTrain{.name = "train", .summary = "train a model", .help = "Trains the model that ...",
//                        .examples = {{"elbo train configs/vae.toml", "train as the file says"}},
//                        .declare = declare, .run = run};
//
//   int main(int argc, char** argv) {
//     const std::array commands{&kTrain, &kEvaluate};
//     return elbo::app::run_program(commands, argc, argv);
//   }
#pragma once

#include <span>
#include <string>
#include <vector>

#include "elbo/app/config/arguments.h"
#include "elbo/settings/error.h"

namespace elbo::app {

struct Example {
  std::string command;  // as typed: "elbo train configs/vae.toml"
  std::string meaning;
};

struct Command {
  std::string name;
  std::string summary;  // one line, for the list of commands
  std::string help;     // a paragraph or more, an empty line between two
  std::vector<Example> examples;
  void (*declare)(Arguments& arguments);
  ExitCode (*run)(const Arguments& arguments);
};

// Parses, runs the command and returns its exit code.  What is thrown becomes one sentence on standard error, after
// "elbo: ", and the documented code: that of an elbo::Error, 5 for lack of memory and for what the system refuses, 1
// for any other exception, which is a fault of the program.
int run_program(std::span<const Command* const> commands, int argc, const char* const* argv);

}  // namespace elbo::app
