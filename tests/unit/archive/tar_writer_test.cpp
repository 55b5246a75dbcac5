#include "archive/tar_writer.hpp"

#include "archive/tar_reader.hpp"
#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::archive {
namespace {

struct Member
{
    TarEntry entry;
    std::string content;
};

std::vector<Member> read_back(const std::string& tar)
{
    MemorySource source{tar};
    BufferedChunks chunks{source};
    TarReader reader{chunks};
    std::vector<Member> members;
    while (const TarEntry* entry = reader.next()) {
        members.push_back({*entry, {}});
        for (auto part = reader.read(); !part.empty(); part = reader.read())
            members.back().content += part;
    }
    EXPECT_TRUE(reader.ended_properly());
    return members;
}

TEST(TarWriter, WritesWhatTheReaderReads)
{
    std::vector<Member> members;
    const auto add = [&](TarEntry entry, std::string content = {}) {
        entry.size = content.size();
        members.push_back({std::move(entry), std::move(content)});
    };
    add({.path = "plain", .mode = 04755, .uid = 1000, .gid = 100, .modified = {1'700'000'000, 0}},
        std::string(700, 'x'));
    add({.type = EntryType::Directory, .path = "dir/", .mode = 01777});
    add({.type = EntryType::Symlink, .path = "s", .link_target = "/etc/passwd"});
    add({.type = EntryType::HardLink, .path = "h", .link_target = "plain"});
    add({.type = EntryType::CharDevice, .path = "null", .device_major = 1, .device_minor = 3});
    add({.type = EntryType::Fifo, .path = "p"});
    add({.path = std::string(120, 'd') + "/" + std::string(90, 'n')}, "cut into prefix and name");
    add({.path = std::string(300, 'n')}, "by PAX");
    add({.path = "\xc3\xa9", .uid = 4'000'000'000U, .gid = 3'000'000U}, "by PAX");
    add({.type = EntryType::Symlink, .path = "long", .link_target = std::string(200, 't')});
    add({.path = "x", .xattrs = {{"user.a", std::string("b\0\n=", 4)}}}, "1");

    StringSink out;
    TarWriter writer{out};
    for (const Member& member : members)
        member.entry.type == EntryType::Regular ? writer.add_file(member.entry, member.content)
                                                : writer.add(member.entry);
    writer.finish();

    const std::vector<Member> back = read_back(out.text());
    ASSERT_EQ(back.size(), members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        const TarEntry& a = members[i].entry;
        const TarEntry& b = back[i].entry;
        SCOPED_TRACE(a.path.substr(0, 20));
        EXPECT_EQ(
            std::tie(a.type, a.path, a.link_target, a.mode, a.uid, a.gid, a.modified, a.size, a.device_major, a.xattrs),
            std::tie(b.type, b.path, b.link_target, b.mode, b.uid, b.gid, b.modified, b.size, b.device_major,
                     b.xattrs));
        EXPECT_EQ(members[i].content, back[i].content);
    }
    EXPECT_EQ(out.text().size() % 512, 0U);
}

TEST(TarWriter, WritesSizesThatOctalCannotHold)
{
    StringSink out;
    TarWriter writer{out};
    writer.add({.path = "big", .size = 10ULL << 30U});
    MemorySource source{out.text()};
    BufferedChunks chunks{source};
    TarReader reader{chunks};
    EXPECT_EQ(reader.next()->size, 10ULL << 30U);
}

TEST(TarWriter, HoldsItsCallerToTheSize)
{
    StringSink out;
    TarWriter writer{out};
    writer.add({.path = "a", .size = 2});
    writer.content("1");
    EXPECT_THROW(writer.add({.path = "b"}), Error);
    EXPECT_THROW(writer.content("23"), Error);
}

} // namespace
} // namespace skiff::archive
