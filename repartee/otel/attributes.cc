#include "repartee/otel/attributes.h"

#include <algorithm>
#include <utility>

namespace repartee::otel {
namespace {

// One of 64 bits. Names share their beginnings, so what follows decides.
std::uint64_t MarkOf(std::string_view name) {
  if (name.empty()) return 1;
  const auto byte = [name](std::size_t i) -> std::size_t { return static_cast<unsigned char>(name[i]); };
  const std::size_t size = name.size();
  return std::uint64_t{1} << ((size + 3 * byte(size - 1) + 5 * byte(size * 3 / 4) + 7 * byte(size / 2)) % 64);
}

}  // namespace

Attributes::Attributes(std::initializer_list<Attribute> attributes) {
  reserve(attributes.size());
  for (const Attribute& attribute : attributes) push_back(Attribute(attribute));
}

std::size_t Attributes::size() const {
  return more_.empty() ? first_.size() : more_.size() * kPiece + more_.back().size();
}

void Attributes::reserve(std::size_t count) { first_.reserve(std::min(count, kPiece)); }

void Attributes::push_back(Attribute&& attribute) {
  const std::uint64_t mark = MarkOf(attribute.key.view());
  Add(std::move(attribute.key), std::move(attribute.value), mark);
}

void Attributes::Add(AttributeKey&& key, AttributeValue&& value, std::uint64_t mark) {
  marks_ |= mark;
  if (first_.size() < kPiece) {
    first_.emplace_back(std::move(key), std::move(value));
    return;
  }
  if (more_.empty() || more_.back().size() == kPiece) more_.emplace_back().reserve(kPiece);
  more_.back().emplace_back(std::move(key), std::move(value));
}

const AttributeValue* Attributes::Find(std::string_view key) const {
  if ((marks_ & MarkOf(key)) == 0) return nullptr;
  const auto found =
      std::find_if(begin(), end(), [key](const Attribute& attribute) { return attribute.key.view() == key; });
  return found == end() ? nullptr : &found->value;
}

bool Attributes::Set(AttributeKey&& key, AttributeValue&& value, std::size_t limit) {
  const std::uint64_t mark = MarkOf(key.view());
  if ((marks_ & mark) != 0) {
    for (Attribute& attribute : *this) {
      if (attribute.key.view() != key.view()) continue;
      attribute.value = std::move(value);
      return true;
    }
  }
  if (key.view().empty() || size() >= limit) return false;
  Add(std::move(key), std::move(value), mark);
  return true;
}

}  // namespace repartee::otel
