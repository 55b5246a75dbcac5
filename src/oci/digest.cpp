#include "oci/digest.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace skiff::oci {

bool is_lower_hex(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Digest Digest::parse(std::string_view text)
{
    const std::size_t colon = text.find(':');
    const std::string_view algorithm = text.substr(0, colon);
    const std::string_view hex = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    const std::size_t digits = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
    if (digits == 0 && colon != std::string_view::npos && !algorithm.empty() && is_lower_hex(hex) && !hex.empty())
        throw Error{ErrorKind::Failure, cat("invalid digest ", quoted(text), ": unsupported digest algorithm")};
    if (digits == 0 || hex.size() != digits || !is_lower_hex(hex))
        throw Error{ErrorKind::Failure,
                    cat("invalid digest ", quoted(text.substr(0, 200)), ": invalid checksum digest format")};
    return {std::string{algorithm}, std::string{hex}};
}

Digest Digest::of(std::string_view data) { return {"sha256", sha256_hex(data)}; }

std::string Digest::text() const { return cat(algorithm, ":", hex); }

void DigestVerifier::verify(std::string_view what)
{
    const std::string hex = hash_.finish_hex();
    if (hex != expected_.hex)
        throw Error{ErrorKind::Failure,
                    cat(what, " has digest ", expected_.algorithm, ":", hex, ", expected ", expected_.text())};
}

void verify(const Digest& expected, std::string_view data, std::string_view what)
{
    DigestVerifier verifier{expected};
    verifier.update(data);
    verifier.verify(what);
}

std::vector<std::string> chain_ids(const std::vector<Digest>& diff_ids)
{
    std::vector<std::string> chain;
    chain.reserve(diff_ids.size());
    for (const Digest& diff_id : diff_ids)
        chain.push_back(chain.empty() ? diff_id.text() : Digest::of(cat(chain.back(), " ", diff_id.text())).text());
    return chain;
}

} // namespace skiff::oci
