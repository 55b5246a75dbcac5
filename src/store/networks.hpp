#pragma once

#include "base/lock.hpp"
#include "model/network.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

class Root;

/// DATA/networks/NAME.json; the default network is there without a record. The network process's socket and leases are in RUN/networks/NAME/.
class Networks
{
  public:
    explicit Networks(const Root& root) : root_{&root} {}

    /// Held by whoever makes or removes one: names, subnets and bridges of two that are made at once must differ.
    [[nodiscard]] FileLock lock() const;

    /// Under the lock; the name is free.
    void create(const Network& network) const;
    /// Replaces the record. Under the lock.
    void save(const Network& network) const;
    /// Under the lock, and when no container has it. False when it was gone.
    bool remove(const std::string& name) const;

    [[nodiscard]] std::optional<Network> find_exact(const std::string& name) const;
    [[nodiscard]] std::vector<Network> list() const; ///< by name; damaged ones are left out with a warning

    /// Where its process and its members meet; made when missing.
    [[nodiscard]] std::string make_run_directory(const std::string& name) const;
    [[nodiscard]] std::string run_directory(const std::string& name) const;

  private:
    const Root* root_;
};

} // namespace skiff::store
