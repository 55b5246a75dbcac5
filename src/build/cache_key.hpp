#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What a step is made from, as one hash.
namespace skiff::build {

/// The inputs have names that mean something to people: "env PATH", "files", "base". Equal inputs give equal keys, whatever the
/// order of adding.
class CacheKey
{
  public:
    /// A value that is long is kept as its hash.
    CacheKey& add(std::string name, std::string_view value);
    [[nodiscard]] std::string hash() const; ///< 64 hex digits
    [[nodiscard]] const std::map<std::string, std::string>& inputs() const { return inputs_; }

  private:
    std::map<std::string, std::string> inputs_;
};

/// For a reader: `env A changed from "1" to "2"`, `the files changed`, `mount 1 is new`. In the order of the names.
std::vector<std::string> describe_changes(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& now);

/// The same for files, path -> "MODE SIZE HASH": "a.c, b.c (new), c.c (gone), run.sh (mode 0644 to 0755), 7 more". Empty: none differs.
std::string describe_changed_files(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& now);

} // namespace skiff::build
