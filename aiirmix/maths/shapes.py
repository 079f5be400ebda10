"""Shape assertions, the first statement of every equation."""

from torch import Tensor


def assert_shape(name: str, tensor: Tensor, *shape: int | None) -> None:
    """Raise ValueError unless `tensor` has this shape; None stands for any size."""
    fits = tensor.dim() == len(shape) and all(
        want in (None, size) for want, size in zip(shape, tensor.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(f"{name} must have shape [{wanted}], not {list(tensor.shape)}")


def assert_alike(**tensors: Tensor) -> None:
    """Raise ValueError unless all these tensors, passed by their names, have the shape of the first."""
    (_, first), *others = tensors.items()
    for name, tensor in others:
        assert_shape(name, tensor, *first.shape)
