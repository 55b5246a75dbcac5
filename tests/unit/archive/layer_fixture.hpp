#pragma once

#include "archive/unpack.hpp"
#include "base/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace skiff::archive {

/// What unpacking an archive came to.
struct Outcome
{
    std::string error; ///< empty when it was accepted
    std::string hint;
    bool needs_lower = false;
    UnpackSummary summary;
    std::vector<std::string> tree; ///< "d 0755 a", "f 0644 a/b=content", "l a/c -> x", "w a/gone", sorted
};

/// A directory with `root/` to unpack into, and a canary beside it that must not change.
class LayerTest : public testing::Test
{
  protected:
    LayerTest();
    void TearDown() override;
    /// Unpacks `tar` into the root (which keeps what earlier calls made), a piece at a time, and looks at the tree;
    /// then makes the stream again and compares.
    Outcome unpack_all(std::string_view tar, UnpackOptions options = {}, std::size_t piece_bytes = SIZE_MAX);
    std::vector<std::string> tree();
    /// True when the namespace has ids beyond our own.
    static bool has_ids();

    TempDir dir_{"/tmp", "skiff-layer-"};
    UniqueFd base_;
    UniqueFd root_;
};

std::vector<std::string> list_tree(int root);

} // namespace skiff::archive
