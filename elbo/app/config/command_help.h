// The help texts: of the program and of a command.
#pragma once

#include <span>
#include <string>

#include "elbo/app/config/arguments.h"
#include "elbo/app/config/command_line.h"

namespace elbo::app {

std::string program_help(std::span<const Command* const> commands);
std::string command_help(const Command& command, const Arguments& arguments);

}  // namespace elbo::app
