#pragma once

#include "base/clock.hpp"
#include "base/lock.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

class Root;
class StoreUse;

struct Volume
{
    std::string name;
    std::string driver = "local";
    WallTime created;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> options; ///< of the driver: "type", "device", "o" ...
    bool anonymous = false;                     ///< made for one container and removed with it
    bool needs_copy_up = true; ///< while it is empty, a container that mounts it fills it with what the image has there
    bool needs_owner = true;   ///< while it is empty, it belongs to the container that mounts it; false: somebody chose
};

/// DATA/volumes/NAME/{volume.json, _data/}
class Volumes
{
  public:
    explicit Volumes(const Root& root) : root_{&root} {}

    /// Throws `volume with name X already exists: volume already exists`, and as containers do on a bad name.
    void create(const Volume& volume, const StoreUse& use) const;
    /// By name, or by the beginning of exactly one name.
    [[nodiscard]] std::optional<Volume> find(const std::string& text) const;
    /// Throws Error(NotFound) `no volume with name "X" found: no such volume`.
    [[nodiscard]] Volume resolve(const std::string& text) const;
    [[nodiscard]] std::optional<Volume> find_exact(const std::string& name) const;
    [[nodiscard]] std::vector<Volume> list() const; ///< by name; damaged ones are left out with a warning
    /// Replaces the record of a volume that exists, under its lock.
    void save(const Volume& volume) const;
    /// With all its data, inside the user namespace. Who removes a volume that is not anonymous holds a StoreAlone and
    /// has looked for containers that use it. False when it was gone.
    bool remove(const std::string& name) const;

    /// For copy-up: only one container fills a new volume (R48).
    [[nodiscard]] FileLock lock(const std::string& name) const;
    [[nodiscard]] std::string data_path(const std::string& name) const; ///< absolute; not checked

  private:
    const Root* root_;
};

} // namespace skiff::store
