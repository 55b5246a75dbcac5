#pragma once

#include "cli/command.hpp"
#include "engine/engine.hpp"
#include "model/create_request.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

/// The words of a command, without the program's name, with the global options of `like`.
Invocation read_words(const Invocation& like, const std::vector<std::string>& words);

/// Runs one of our commands in this process, with the global options of `like`: for commands that are made of others. `words` do not
/// hold the program's name. Returns the command's exit code; throws what it throws.
int run_words(const Invocation& like, const std::vector<std::string>& words);

/// The same in a child process, whose exit code it returns: for one that has stepped into a namespace already, or will.
int run_words_apart(const Invocation& like, const std::vector<std::string>& words);

/// What `create` with these words asks for.
CreateRequest read_create_words(const Invocation& like, engine::Engine& engine, const std::vector<std::string>& words);


} // namespace skiff::cli
