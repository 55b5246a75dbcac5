#pragma once

#include <map>
#include <optional>
#include <string>

namespace skiff::engine {

/// The value of an option that has fields: "type=local,dest=/x".
class OptionFields
{
  public:
    explicit OptionFields(const std::string& text);

    /// Empty when it is absent. Each field is asked for once.
    std::string take(const std::string& key);
    /// A key that nobody has asked for.
    [[nodiscard]] std::optional<std::string> find_left() const;

  private:
    std::map<std::string, std::string> fields_;
};

} // namespace skiff::engine
