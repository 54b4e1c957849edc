#include "elbo/studies/picture.h"

namespace elbo::studies {

extern const PictureKind kCurvesPicture, kIntervalsPicture, kImagesPicture, kDensitiesPicture;  // pictures/

const Registry<PictureKind>& picture_kinds() {
  static const Registry<PictureKind> all("picture",
                                         {&kCurvesPicture, &kIntervalsPicture, &kImagesPicture, &kDensitiesPicture});
  return all;
}

Option picture_part() {
  return Part{
      .key = "pictures",
      .value = "none",
      .meaning = "what is drawn",
      .rows = picture_kinds().view(),
      .optional = true,
      .chain = true,
      .place = {Text{.key = "file", .value = "picture", .meaning = "FILE.svg in the folder, and its name in the page"},
                Text{.key = "title", .value = "", .meaning = "above it"},
                Text{.key = "caption", .value = "", .meaning = "below it"}}};
}

}  // namespace elbo::studies
