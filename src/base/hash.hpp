#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace skiff {

/// A running hash over bytes that come in pieces. libcrypto does the work and is loaded by the first use; a process
/// that is about to confine itself calls `preload` before.
class Hash
{
  public:
    /// "sha256", "sha384" or "sha512". Throws on anything else.
    explicit Hash(std::string_view algorithm);
    Hash(Hash&& other) noexcept;
    Hash& operator=(Hash&& other) noexcept;
    Hash(const Hash&) = delete;
    Hash& operator=(const Hash&) = delete;
    ~Hash();

    void update(std::string_view data);
    /// Lower-case hex of all that was given; the hash cannot be used after it.
    std::string finish_hex();

    static void preload();

  private:
    struct Context; // libcrypto's EVP_MD_CTX
    Context* context_;
};

struct Sha256 : Hash
{
    Sha256() : Hash{"sha256"} {}
};

/// Lower-case hex, 64 digits.
std::string sha256_hex(std::string_view data);

} // namespace skiff
