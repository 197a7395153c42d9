// SPDX-License-Identifier: Apache-2.0
// The table of commands, and the one place where errors become messages and exit codes.
#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <new>

#include "command.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/report/table.hpp"
#include "interrupt.hpp"
#include "usage.hpp"

namespace evenkeel::app {
namespace {

constexpr std::array commands = {
    Command{"plan", "choose a scheme for every tensor and say why; writes nothing", describe_plan},
    Command{"init", "choose, or take a plan, and write the model with its first weights", describe_init},
    Command{"schemes", "every scheme: formula, arguments, source, when to use it", describe_schemes},
};

constexpr const char* examples =
    "Examples:\n"
    "  evenkeel plan model.onnx                             the table of what and why\n"
    "  evenkeel init model.onnx -o first.onnx --seed 1      write it\n"
    "  evenkeel init mlp:784,256x8,10:relu -o mlp.onnx      from a built-in spec\n"
    "  evenkeel schemes he_normal                           one scheme in full\n"
    "\nExit status: 0 good, 2 usage, 3 input file, 4 device, 5 output or internal error.\n";

int exit_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return Exit::usage;
    case ErrorCode::bad_file:
    case ErrorCode::unsupported:
      return Exit::input_file;
    case ErrorCode::device:
    case ErrorCode::communication:
      return Exit::device;
    case ErrorCode::output:
    case ErrorCode::internal:
      break;
  }
  return Exit::output;
}

int complain(const std::string& message, int status) {
  std::fprintf(stderr, "evenkeel: error: %s\n", printable(message, true).c_str());
  return status;
}

// A full disk behind stdout must not look like success.
int flushed(int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  return complain("standard output could not be written", Exit::output);
}

int run(int argc, char** argv) {
  CLI::App parser("First weights for neural networks: chosen for every tensor, with the reason, written reproducibly.", "evenkeel");
  parser.set_version_flag("--version", "evenkeel " EVENKEEL_VERSION);
  parser.set_help_flag("-h,--help", "this text");
  parser.require_subcommand(0, 1);
  parser.footer(examples);
  std::vector<std::pair<CLI::App*, std::function<int()>>> runs;
  for (const Command& command : commands) {
    CLI::App* sub = parser.add_subcommand(command.name, command.summary);
    runs.emplace_back(sub, command.describe(*sub));
  }
  try {
    parser.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    const int status = parser.exit(asked);
    return flushed(status);
  } catch (const CLI::ParseError& error) { return complain(usage_message(parser, error), Exit::usage); }
  for (const auto& [sub, command] : runs) {
    if (sub->parsed()) return flushed(command());
  }
  std::fputs(parser.help().c_str(), stderr);
  return Exit::usage;
}

}  // namespace
}  // namespace evenkeel::app

int main(int argc, char** argv) {
  using namespace evenkeel;
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the limit is an error with a message
  try {
    return app::run(argc, argv);
  } catch (const app::Interrupted& interrupted) { app::end_by(interrupted); } catch (const Error& error) {
    return app::complain(error.what(), app::exit_of(error.code()));
  } catch (const std::bad_alloc&) { return app::complain("out of memory", app::Exit::output); } catch (const std::exception& error) {
    return app::complain(std::string("internal error, please report it: ") + error.what(), app::Exit::output);
  }
}
