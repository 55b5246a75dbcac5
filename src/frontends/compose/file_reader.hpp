#pragma once

#include "frontends/compose/load.hpp"
#include "frontends/compose/variables.hpp"

#include <set>
#include <string>
#include <vector>

namespace skiff::compose {

/// What a file belongs to: the project, or an include. Each has its own directory and variables.
struct Part
{
    std::string directory;
    Variables variables;
};

/// One file at a time: parsed, interpolated, brought to its long form. What is noticed on the way is noted in the document.
class FileReader
{
  public:
    FileReader(const World& world, const LoadRequest& request, Document& document);

    /// The canonical documents of a file, without the empty ones; relative paths stand for the part's directory.
    std::vector<Node> read(const std::string& file, const Part& part);

    [[nodiscard]] bool exists(const std::string& path) const;
    /// The text of the env file of an include; throws "env file F not found" at `place`.
    [[nodiscard]] std::string read_env_file(const std::string& path, const Place& place) const;
    /// Relative paths are below `directory`.
    [[nodiscard]] std::string resolve(const std::string& path, const std::string& directory) const;
    /// As a person would call it: relative to the working directory where it is below.
    [[nodiscard]] std::string shown(const std::string& file) const;

    [[nodiscard]] Document& document() { return document_; }

    /// Adds the warnings for variables that are not set, and tells once what was read twice.
    void finish_warnings();

  private:
    void interpolate_values(Node& document, const Part& part);
    void note_variables(const Node& node);

    const World& world_;
    const LoadRequest& request_;
    Document& document_;
    std::set<std::string> unset_;
};

} // namespace skiff::compose
