#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace skiff::store {

/// A stable sort of records that are large: pointers to them are moved about, and each record itself once.
template <typename Record, typename Less>
void sort_records(std::vector<Record>& records, Less comes_before)
{
    std::vector<Record*> order;
    order.reserve(records.size());
    for (Record& record : records)
        order.push_back(&record);
    std::stable_sort(order.begin(), order.end(), [&](const Record* a, const Record* b) { return comes_before(*a, *b); });
    std::vector<Record> sorted;
    sorted.reserve(records.size());
    for (Record* record : order)
        sorted.push_back(std::move(*record));
    records = std::move(sorted);
}

} // namespace skiff::store
