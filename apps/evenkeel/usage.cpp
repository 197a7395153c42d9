// SPDX-License-Identifier: Apache-2.0
#include "usage.hpp"

#include <fmt/format.h>

#include <vector>

#include "evenkeel/plan/names.hpp"

namespace evenkeel::app {
namespace {

const CLI::App* parsed_command(const CLI::App& parser) {
  const std::vector<CLI::App*> used = parser.get_subcommands();
  return used.empty() ? nullptr : used.front();
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& parser) {
  std::vector<std::string> names;
  for (const CLI::App* command : parser.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

std::string unexpected(const CLI::App& parser, const CLI::App* command, const std::string& word) {
  const bool is_option = word.size() > 1 && word[0] == '-';
  const std::string bare = word.substr(0, word.find('='));
  if (is_option) {
    const std::vector<std::string> names = option_names(command == nullptr ? parser : *command);
    return fmt::format("unknown option {}{}", bare, suggestion(bare, names, 1));
  }
  if (command == nullptr) {
    const std::vector<std::string> names = command_names(parser);
    return fmt::format("unknown command {}; expected one of {}{}", word, fmt::join(names, ", "), suggestion(word, names, 1));
  }
  return fmt::format("{} takes no further argument: {}", command->get_name(), word);
}

}  // namespace

std::string usage_message(const CLI::App& parser, const CLI::ParseError& error) {
  const CLI::App* command = parsed_command(parser);
  const std::string help = fmt::format("evenkeel {}--help", command == nullptr ? "" : command->get_name() + " ");
  std::string message = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> left = parser.remaining(true);
    if (!left.empty()) message = unexpected(parser, command, left.front());
  }
  return fmt::format("{} (see {})", message, help);
}

}  // namespace evenkeel::app
