#pragma once

#include "archive/compression.hpp"

#include <memory>

namespace skiff::archive {

/// One compressed format: takes bytes and gives bytes, as much of either as there is room for.
struct DecompressingSource::Decoder
{
    Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    virtual ~Decoder() = default;

    struct Step
    {
        std::size_t taken;
        std::size_t given;
    };
    virtual Step step(std::string_view input, char* into, std::size_t room) = 0;
    /// Nothing of a member or frame is pending: the input may end here.
    [[nodiscard]] virtual bool at_boundary() const = 0;
};

// rare_decoders.cpp: their libraries are loaded by the first stream of the kind.
std::unique_ptr<DecompressingSource::Decoder> make_xz_decoder();
std::unique_ptr<DecompressingSource::Decoder> make_bzip2_decoder();

} // namespace skiff::archive
