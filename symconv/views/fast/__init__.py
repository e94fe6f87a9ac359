"""Fast algorithms as views: one file a view, each with its own stages, from which its gradients follow.

``own.py`` has what they share: letters, tensors and matrices of their own. They are views on request, so what goes
through all views of a layer does not go through them.
"""

from __future__ import annotations

from symconv.views.fast.circulant import Circulant
from symconv.views.fast.fft import Fft
from symconv.views.fast.im2col import Im2col
from symconv.views.fast.karatsuba import Karatsuba
from symconv.views.fast.kn2row import Kn2row
from symconv.views.fast.polyphase import Polyphase
from symconv.views.fast.winograd import Winograd

__all__ = ["Circulant", "Fft", "Im2col", "Karatsuba", "Kn2row", "Polyphase", "Winograd"]
