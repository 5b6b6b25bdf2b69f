#include <algorithm>

#include "metaxy/external_features.h"

namespace metaxy {

namespace {

template <class T>
void Append(const std::optional<std::vector<T>>& more, std::optional<std::vector<T>>* list) {
  if (!more) return;
  if (!*list) list->emplace();
  for (const T& item : *more) {
    if (std::find((*list)->begin(), (*list)->end(), item) == (*list)->end())
      (*list)->push_back(item);
  }
}

template <class T>
bool Contains(const std::optional<std::vector<T>>& list, const T& item) {
  return list && std::find(list->begin(), list->end(), item) != list->end();
}

}  // namespace

bool FeatureSelection::empty() const {
  return !all.value_or(false) && (!projects || projects->empty()) && (!keys || keys->empty());
}

bool FeatureSelection::Selects(const std::string& project, const FeatureKey& key) const {
  return all.value_or(false) || Contains(projects, project) || Contains(keys, key);
}

void FeatureSelection::Merge(const FeatureSelection& other) {
  if (all.value_or(false) || other.all.value_or(false)) {
    *this = {.all = true};
    return;
  }
  Append(other.projects, &projects);
  Append(other.keys, &keys);
}

}  // namespace metaxy
