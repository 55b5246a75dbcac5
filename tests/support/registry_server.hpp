#pragma once

#include "tests/support/running.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace skiff::testing {

/// Debian's docker-registry for one test, filled by skopeo.
class RegistryServer
{
  public:
    struct Options
    {
        bool tls = false;  ///< with a certificate that only its own authority has signed, for "localhost"
        bool auth = false; ///< for user() with password() alone
    };

    /// What the machine lacks for one; empty: nothing.
    static std::string missing_program();

    /// Keeps everything below `directory`, which must exist. Waits until it answers.
    RegistryServer(std::string directory, Options options);
    RegistryServer(const RegistryServer&) = delete;
    RegistryServer& operator=(const RegistryServer&) = delete;

    [[nodiscard]] std::string host() const; ///< "localhost:PORT"
    [[nodiscard]] std::string certs() const { return directory_ + "/certs"; } ///< has the authority as ca.crt
    static std::string user() { return "harbour"; }
    static std::string password() { return "pass word:1"; }

    /// Copies a docker-archive to "NAME:TAG" of this registry.
    void add_image(const std::string& archive, const std::string& name) const;
    void stop() { server_.reset(); }
    void start();

  private:
    std::string directory_;
    Options options_;
    std::uint16_t port_;
    std::optional<Running> server_;
};

} // namespace skiff::testing
