// Attributes: those of one span, event or resource, in the order in which they were set.
//
// They lie in pieces of sixteen, under a kilobyte each: one block for all that a span says
// is of a size for which the C library tidies its heap up, which costs more than the span. A mark of each
// name says at once of most new ones that they are new. Thread: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/otel/attribute.h"

namespace repartee::otel {

class Attributes {
 public:
  template <class List, class Element>
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Attribute;
    using difference_type = std::ptrdiff_t;
    using pointer = Element*;
    using reference = Element&;

    Iterator() = default;
    Iterator(List& list, std::size_t index) : list_(&list), index_(index) {}
    Element& operator*() const { return (*list_)[index_]; }
    Element* operator->() const { return &(*list_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++index_;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    List* list_ = nullptr;
    std::size_t index_ = 0;
  };
  using value_type = Attribute;
  using iterator = Iterator<Attributes, Attribute>;
  using const_iterator = Iterator<const Attributes, const Attribute>;

  // How many lie together.
  static constexpr std::size_t kPiece = 16;

  Attributes() = default;
  // Keys may come twice, here and in push_back: nothing is replaced.
  Attributes(std::initializer_list<Attribute> attributes);

  bool empty() const { return first_.empty(); }
  std::size_t size() const;
  // By their order.
  Attribute& operator[](std::size_t index) {
    return index < kPiece ? first_[index] : more_[index / kPiece - 1][index % kPiece];
  }
  const Attribute& operator[](std::size_t index) const { return const_cast<Attributes&>(*this)[index]; }
  iterator begin() { return {*this, 0}; }
  iterator end() { return {*this, size()}; }
  const_iterator begin() const { return {*this, 0}; }
  const_iterator end() const { return {*this, size()}; }

  // Room for `count`, or for the first piece of them.
  void reserve(std::size_t count);
  void push_back(Attribute&& attribute);

  // The value under `key`, or null.
  const AttributeValue* Find(std::string_view key) const;
  // Replaces the value under `key` where it stands, or appends it. False if there are `limit` others already
  // or `key` is empty, which OpenTelemetry does not allow.
  bool Set(AttributeKey&& key, AttributeValue&& value,
           std::size_t limit = std::numeric_limits<std::size_t>::max());

 private:
  void Add(AttributeKey&& key, AttributeValue&& value, std::uint64_t mark);

  std::vector<Attribute> first_;              // the first piece
  std::vector<std::vector<Attribute>> more_;  // the others; the last may have room
  std::uint64_t marks_ = 0;                   // of all names that are in
};

// As the members of Attributes.
inline const AttributeValue* FindAttribute(const Attributes& attributes, std::string_view key) {
  return attributes.Find(key);
}
inline bool SetAttribute(Attributes& attributes, AttributeKey key, AttributeValue value,
                         std::size_t limit = std::numeric_limits<std::size_t>::max()) {
  return attributes.Set(std::move(key), std::move(value), limit);
}

}  // namespace repartee::otel
