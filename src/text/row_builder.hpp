#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <utility>

namespace skiff::text {

/// Makes a JSON object whose keys are known to differ, for lists of hundreds: ordered_json's own way searches all keys for each new
/// one, and copies all values whenever it grows.
class RowBuilder
{
  public:
    explicit RowBuilder(std::size_t fields) { fields_.reserve(fields); }
    void add(const char* key, nlohmann::ordered_json value) { fields_.emplace_back(key, std::move(value)); }
    [[nodiscard]] nlohmann::ordered_json take() { return nlohmann::ordered_json(std::move(fields_)); }

  private:
    nlohmann::ordered_json::object_t fields_;
};

} // namespace skiff::text
