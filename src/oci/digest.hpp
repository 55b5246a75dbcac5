#pragma once

#include "base/hash.hpp"

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::oci {

using skiff::Hash;
using skiff::Sha256;
using skiff::sha256_hex;

/// The name of some bytes. Only ever made by parse or of, so its text is safe as a file name (security.md R34).
struct Digest
{
    std::string algorithm; ///< "sha256" or "sha512"
    std::string hex;       ///< 64 or 128 digits, lower case

    /// Strict: "sha256:" and 64, or "sha512:" and 128 lower-case hex digits. Throws on anything else.
    static Digest parse(std::string_view text);
    /// The sha256 digest of `data`.
    static Digest of(std::string_view data);
    [[nodiscard]] std::string text() const;

    auto operator<=>(const Digest&) const = default;
};

bool is_lower_hex(std::string_view text);

/// Hashes a stream and compares it with the digest and size that were promised.
class DigestVerifier
{
  public:
    explicit DigestVerifier(Digest expected) : expected_{std::move(expected)}, hash_{expected_.algorithm} {}
    void update(std::string_view data) { hash_.update(data); }
    /// Throws when what was given is something else; once.
    void verify(std::string_view what);

  private:
    Digest expected_;
    Hash hash_;
};

/// Throws unless `data` hashes to `expected`.
void verify(const Digest& expected, std::string_view data, std::string_view what);

/// The identity of each layer on top of those below it: the first diff id, then sha256(chain below + " " + diff id).
/// Source: OCI image specification, "Layer ChainID".
std::vector<std::string> chain_ids(const std::vector<Digest>& diff_ids);

} // namespace skiff::oci
