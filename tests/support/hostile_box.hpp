#pragma once

#include "tests/support/box.hpp"
#include "tests/support/hostile_layers.hpp"
#include "tests/support/raw_image.hpp"

#include <chrono>
#include <map>

namespace skiff::testing {

/// A box for the malicious corpus of security.md. Whatever a command is given: the files around the store stay as they are to the
/// byte, what is refused leaves nothing in the store, and it costs little time and memory.
class HostileBox : public Box
{
  protected:
    void SetUp() override;
    void TearDown() override;

    /// Runs the program with `words` and checks all that holds for every case.
    Result judge(const std::vector<std::string>& words, const RunOptions& options = {});
    /// Loads an archive, given as bytes.
    Result load(const std::string& archive);
    Result pull(const std::string& name, const std::vector<std::string>& options = {});

    /// It ended with code 125 and with `words` in its message, and nothing came into the store.
    void expect_refused(const Result& result, const std::string& words);
    /// It succeeded, and the image's files are those; then the image is removed.
    void expect_tree(const Result& result, const std::vector<std::string>& tree);
    /// It succeeded; then the image is removed.
    void expect_accepted(const Result& result);

    /// The files of an image, in the form of test::HostileLayer::tree.
    std::vector<std::string> tree_of(const std::string& image);

    std::uint64_t memory_limit_kib = 64U << 10U; ///< of any process of a command
    std::chrono::seconds time_limit{10};         ///< of a command

  private:
    using Snapshot = std::map<std::string, std::string>;
    Snapshot look_around();    ///< everything in the box but the store
    Snapshot look_into_store(); ///< names in it

    Snapshot around_;
    Snapshot empty_store_;
};

} // namespace skiff::testing
