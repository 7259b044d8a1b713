"""Random changes, so that few images count as more: of all that the discriminator sees, and of the real ones alone.

A discriminator can learn a hundred photos by heart. DiffAugment (Zhao et al. 2020) shows it every image, real or
generated, changed anew in each step; the gradient flows back through the change, so the generator learns to draw
images that are not changed. That holds only for a change that leaves a trace. A mirrored face is a face: with both
kinds mirrored, one whose left side is always blurred passes as well as any. So what makes more good images of the
real ones is done to those alone.
"""

from dcgan_lib.augment.differentiable import augment_images
from dcgan_lib.augment.policy import check_policy
from dcgan_lib.augment.real import augment_real

__all__ = ["augment_images", "augment_real", "check_policy"]
