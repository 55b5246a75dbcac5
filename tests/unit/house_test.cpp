#include "base/cat.hpp"
#include "base/file.hpp"

#include <cctype>
#include <cstdlib>
#include <dirent.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Holds src/ against the floor table of src/README.md: a room may include the rooms of the rows below its own, and no
/// other. Rooms that the table promises and that are not built yet are no mistake.
namespace skiff {
namespace {

/// From the name of a room to its row, counted from the top of the table.
using Floors = std::map<std::string, std::size_t>;

std::string source_root()
{
    const char* root = std::getenv("SKIFF_SOURCE_ROOT"); // set by tests/unit/meson.build
    return root == nullptr ? "." : root;
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

std::string trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(' ');
    return first == std::string_view::npos ? std::string{} : std::string{text.substr(first, last - first + 1)};
}

/// Rows look like "| 2a | store, registry |".
Floors read_floors(std::string_view readme)
{
    Floors floors;
    std::size_t row = 0;
    for (const std::string& line : split(readme, '\n')) {
        const std::vector<std::string> cells = split(line, '|');
        const bool is_row = cells.size() == 4 && !trimmed(cells[1]).empty() && std::isdigit(trimmed(cells[1])[0]) != 0;
        if (!is_row)
            continue;
        for (const std::string& room : split(cells[2], ','))
            floors[trimmed(room)] = row;
        ++row;
    }
    return floors;
}

/// The rooms that a file includes from; our own headers are written "room/file.hpp".
std::vector<std::string> included_rooms(const std::string& text)
{
    constexpr std::string_view begin = "#include \"";
    std::vector<std::string> rooms;
    for (const std::string& line : split(text, '\n'))
        if (line.compare(0, begin.size(), begin) == 0)
            rooms.push_back(line.substr(begin.size(), line.find_first_of("/\"", begin.size()) - begin.size()));
    return rooms;
}

bool is_source(const std::string& name)
{
    return name.size() > 4 &&
           (name.compare(name.size() - 4, 4, ".cpp") == 0 || name.compare(name.size() - 4, 4, ".hpp") == 0);
}

class House : public testing::Test
{
  protected:
    void check_file(const std::string& room, const std::string& path)
    {
        for (const std::string& included : included_rooms(read_file(AT_FDCWD, path))) {
            if (included == room)
                continue;
            const auto floor = floors_.find(included);
            if (floor == floors_.end()) {
                ADD_FAILURE() << path << " includes from '" << included << "', which is no room";
                continue;
            }
            EXPECT_GT(floor->second, floors_.at(room))
                << path << " includes from '" << included << "', which is not below '" << room << "' in src/README.md";
        }
    }

    void check_directory(const std::string& room, const std::string& path)
    {
        const UniqueFd directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
        for (const DirectoryEntry& entry : list_directory(directory.get())) {
            const std::string inside = cat(path, "/", entry.name);
            if (entry.type == DT_DIR)
                check_directory(room, inside);
            else if (is_source(entry.name))
                check_file(room, inside);
        }
    }

    std::string src_ = source_root() + "/src";
    Floors floors_ = read_floors(read_file(AT_FDCWD, src_ + "/README.md"));
};

TEST_F(House, HasAFloorForEveryRoom)
{
    ASSERT_FALSE(floors_.empty()) << src_ << "/README.md has no floor table";
    const UniqueFd src = open_at(AT_FDCWD, src_, O_RDONLY | O_DIRECTORY);
    for (const DirectoryEntry& entry : list_directory(src.get()))
        EXPECT_TRUE(entry.type != DT_DIR || floors_.count(entry.name) != 0)
            << "src/" << entry.name << " is missing in the table of src/README.md";
}

TEST_F(House, IncludesPointDownOnly)
{
    const UniqueFd src = open_at(AT_FDCWD, src_, O_RDONLY | O_DIRECTORY);
    for (const DirectoryEntry& entry : list_directory(src.get())) {
        if (entry.type == DT_DIR && floors_.count(entry.name) != 0)
            check_directory(entry.name, cat(src_, "/", entry.name));
        else if (is_source(entry.name))
            check_file("main", cat(src_, "/", entry.name));
    }
}

TEST(Floors, AreReadFromTheTable)
{
    const Floors floors =
        read_floors("# Map\n| floor | rooms |\n| --- | --- |\n| 2 | a, b |\n| 1 | c |\ntext | 1 | x\n");

    EXPECT_EQ(floors, (Floors{{"a", 0}, {"b", 0}, {"c", 1}}));
    EXPECT_EQ(included_rooms("#include <a/b>\n#include \"base/file.hpp\"\n  x\n"), std::vector<std::string>{"base"});
}

} // namespace
} // namespace skiff
