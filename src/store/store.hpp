#pragma once

#include "store/containers.hpp"
#include "store/events.hpp"
#include "store/images.hpp"
#include "store/layers.hpp"
#include "store/networks.hpp"
#include "store/root.hpp"
#include "store/secrets.hpp"
#include "store/volumes.hpp"

#include <memory>
#include <string>

namespace skiff::store {

/// The data of one user: the only room that knows the data and run directories. Opening it costs a few system calls; it
/// reads nothing in advance, so several processes see each other's work at once.
class Store
{
  public:
    static Store open(const StorePaths& paths) { return Store{std::make_unique<Root>(paths)}; }

    [[nodiscard]] const Containers& containers() const { return containers_; }
    [[nodiscard]] const Images& images() const { return images_; }
    [[nodiscard]] const Layers& layers() const { return layers_; }
    [[nodiscard]] const Volumes& volumes() const { return volumes_; }
    [[nodiscard]] const Secrets& secrets() const { return secrets_; }
    [[nodiscard]] const Networks& networks() const { return networks_; }
    [[nodiscard]] const Events& events() const { return events_; }

    [[nodiscard]] const Root& root() const { return *root_; }
    [[nodiscard]] StoreUse use() const { return root_->use(); }
    [[nodiscard]] StoreAlone alone() const { return root_->alone(); }

  private:
    explicit Store(std::unique_ptr<Root> root)
        : root_{std::move(root)},
          containers_{*root_},
          layers_{*root_},
          images_{*root_},
          volumes_{*root_},
          secrets_{*root_},
          networks_{*root_},
          events_{*root_}
    {
    }

    std::unique_ptr<Root> root_;
    Containers containers_;
    Layers layers_;
    Images images_;
    Volumes volumes_;
    Secrets secrets_;
    Networks networks_;
    Events events_;
};

} // namespace skiff::store
