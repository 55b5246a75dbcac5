#include "base/hash.hpp"

#include "base/error.hpp"
#include "base/lazy_library.hpp"

#include <array>
#include <openssl/evp.h>
#include <utility>

namespace skiff {
namespace {

struct Crypto
{
    LazyLibrary library{"libcrypto.so.3", "install the package libssl3"};
    decltype(EVP_MD_CTX_new)* context_new = library.function<decltype(EVP_MD_CTX_new)>("EVP_MD_CTX_new");
    decltype(EVP_MD_CTX_free)* context_free = library.function<decltype(EVP_MD_CTX_free)>("EVP_MD_CTX_free");
    decltype(EVP_DigestInit_ex)* init = library.function<decltype(EVP_DigestInit_ex)>("EVP_DigestInit_ex");
    decltype(EVP_DigestUpdate)* update = library.function<decltype(EVP_DigestUpdate)>("EVP_DigestUpdate");
    decltype(EVP_DigestFinal_ex)* final = library.function<decltype(EVP_DigestFinal_ex)>("EVP_DigestFinal_ex");
    // Fetched once: looking an algorithm up costs more than hashing a small document.
    const EVP_MD* sha256 = library.function<decltype(EVP_sha256)>("EVP_sha256")();
    const EVP_MD* sha384 = library.function<decltype(EVP_sha384)>("EVP_sha384")();
    const EVP_MD* sha512 = library.function<decltype(EVP_sha512)>("EVP_sha512")();
};

const Crypto& crypto()
{
    static const Crypto loaded;
    return loaded;
}

const EVP_MD* algorithm_named(std::string_view name)
{
    if (name == "sha256")
        return crypto().sha256;
    if (name == "sha384")
        return crypto().sha384;
    if (name == "sha512")
        return crypto().sha512;
    throw Error{ErrorKind::Failure, cat("unsupported digest algorithm ", quoted(name))};
}

EVP_MD_CTX* evp(void* context) { return static_cast<EVP_MD_CTX*>(context); }

} // namespace

Hash::Hash(std::string_view algorithm) : context_{nullptr}
{
    const EVP_MD* const wanted = algorithm_named(algorithm);
    EVP_MD_CTX* const context = crypto().context_new();
    if (context == nullptr || crypto().init(context, wanted, nullptr) != 1) {
        crypto().context_free(context);
        throw Error{ErrorKind::Failure, "starting a hash: libcrypto refused"};
    }
    context_ = reinterpret_cast<Context*>(context);
}

Hash::Hash(Hash&& other) noexcept : context_{std::exchange(other.context_, nullptr)} {}

Hash& Hash::operator=(Hash&& other) noexcept
{
    std::swap(context_, other.context_);
    return *this;
}

Hash::~Hash()
{
    if (context_ != nullptr)
        crypto().context_free(evp(context_));
}

void Hash::update(std::string_view data) { crypto().update(evp(context_), data.data(), data.size()); }

std::string Hash::finish_hex()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned size = 0;
    crypto().final(evp(context_), raw.data(), &size);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(std::size_t{size} * 2);
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[raw[i] >> 4U];
        hex += digits[raw[i] & 15U];
    }
    return hex;
}

void Hash::preload() { (void)crypto(); }

std::string sha256_hex(std::string_view data)
{
    Sha256 hash;
    hash.update(data);
    return hash.finish_hex();
}

} // namespace skiff
