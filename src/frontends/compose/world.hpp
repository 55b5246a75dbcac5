#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace skiff::compose {

/// All that loading a project sees of the outside; tests have one of their own.
class World
{
  public:
    virtual ~World() = default;
    /// The content of a file; nothing when it does not exist. "-" is standard input.
    [[nodiscard]] virtual std::optional<std::string> find_file(const std::string& path) const = 0;
    /// The content of a regular file of less than `limit` bytes; nothing when it is something else, or cannot be read.
    [[nodiscard]] virtual std::optional<std::string> find_small_file(const std::string& path, std::size_t limit) const = 0;
    [[nodiscard]] virtual bool exists(const std::string& path) const = 0;

    /// The name of a file's owner when that is neither this user nor root; else empty. A link has two owners.
    [[nodiscard]] virtual std::string stranger_of(const std::string& path) const = 0;

    std::map<std::string, std::string> environment; ///< of the calling process
    std::string directory;                          ///< the working directory, absolute
};

/// The real one.
class ThisWorld : public World
{
  public:
    ThisWorld();
    [[nodiscard]] std::optional<std::string> find_file(const std::string& path) const override;
    [[nodiscard]] std::optional<std::string> find_small_file(const std::string& path, std::size_t limit) const override;
    [[nodiscard]] bool exists(const std::string& path) const override;
    [[nodiscard]] std::string stranger_of(const std::string& path) const override;
};

} // namespace skiff::compose
