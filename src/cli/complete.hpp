#pragma once

#include "cli/command.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

/// What a shell may offer next, from the same tables that the parser walks.
namespace skiff::cli {

struct Candidate
{
    std::string word;
    std::string help;
};

struct Completion
{
    std::vector<Candidate> candidates; ///< those that begin with what has been typed
    enum class Files
    {
        None,
        Any,
        Directories
    } files = Files::None; ///< offered by the shell itself
    bool no_space = false; ///< something follows the word without a space
};

/// Names of objects in the store ("web"), for those completers that mean some.
using ListNames = std::function<std::vector<Candidate>(Completes what, const GlobalOptions& global)>;

/// `words` are those behind the program's name; the last one is being typed and may be empty. Never throws for the sake
/// of words that make no sense: then there is nothing to offer.
Completion complete(std::span<const std::string> words, const ListNames& list_names);

/// The names of objects in the user's store; nothing when it cannot be opened.
std::vector<Candidate> list_store_names(Completes what, const GlobalOptions& global);

} // namespace skiff::cli
