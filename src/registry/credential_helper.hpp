#pragma once

#include "registry/credentials.hpp"

#include <chrono>
#include <string>
#include <vector>

/// The programs docker-credential-NAME, which keep credentials in a key ring. They are the user's own and found in
/// $PATH; what they say is bounded in size and time all the same, and is never repeated in a message (security.md R38).
/// Source: the protocol of docker-credential-helpers.
namespace skiff::registry {

class CredentialHelper
{
  public:
    /// A program may ask its user something; after `patience` it is killed. Throws on an invalid name.
    explicit CredentialHelper(std::string name, std::chrono::milliseconds patience = std::chrono::minutes{2});

    /// Nothing when the helper does not know the server.
    [[nodiscard]] std::optional<Credentials> find(const std::string& server) const;
    void store(const std::string& server, const Credentials& credentials) const;
    /// False when the helper does not know the server.
    [[nodiscard]] bool erase(const std::string& server) const;
    /// The servers that it knows.
    [[nodiscard]] std::vector<std::string> list() const;

  private:
    struct Answer
    {
        bool known = false;
        std::string output;
    };
    [[nodiscard]] Answer run(const std::string& verb, const std::string& input) const;

    std::string name_;
    std::chrono::milliseconds patience_;
};

} // namespace skiff::registry
