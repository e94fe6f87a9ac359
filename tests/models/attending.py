"""Models of PyTorch with attention, norms and functions of single numbers around convolutions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tests.models.engineered import own
from tests.models.written import WithForward
from tests.tools import require_module

torch = require_module("torch")
nn, F = torch.nn, torch.nn.functional

Making = Callable[[], Any]
ATTENDING: dict[str, tuple[Making, Any]] = {}
"""By name: how it is made, and the shape of its input."""


def of_size(*size: Any) -> Callable[[Making], Making]:
    def joined(make: Making) -> Making:
        ATTENDING[make.__name__] = (make, size)
        return make

    return joined


class Several(nn.Module):  # type: ignore[misc, name-defined]
    """Modules by name, and a function of them and of several inputs."""

    def __init__(self, run: Any, **parts: Any) -> None:
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs: Any) -> Any:
        return self.run(self, *inputs)


# -- attention -----------------------------------------------------------------------------------------


class OverPositions(nn.Module):  # type: ignore[misc, name-defined]
    """SAGAN's."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query, self.key = nn.Conv2d(channels, channels // 2, 1), nn.Conv2d(channels, channels // 2, 1)
        self.value, self.gamma = nn.Conv2d(channels, channels, 1), nn.Parameter(torch.randn(1))
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x: Any) -> Any:
        b, c, height, width = x.size()
        query = self.query(x).view(b, -1, height * width).permute(0, 2, 1)
        key, value = (one(x).view(b, -1, height * width) for one in (self.key, self.value))
        attention = self.softmax(torch.bmm(query, key))
        return self.gamma * torch.bmm(value, attention.permute(0, 2, 1)).view(b, c, height, width) + x


@of_size(2, 4, 3, 3)
def between_convolutions() -> Any:
    return nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), OverPositions(4), nn.Conv2d(4, 2, 3, padding=1))


class Heads(nn.Module):  # type: ignore[misc, name-defined]
    """timm's."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv, self.proj, self.drop = nn.Linear(dim, 3 * dim, bias=False), nn.Linear(dim, dim), nn.Dropout(0.1)

    def forward(self, x: Any) -> Any:
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        attention = self.drop(((q @ k.transpose(-2, -1)) * self.scale).softmax(dim=-1))
        return self.proj((attention @ v).transpose(1, 2).reshape(B, N, C))


@of_size(2, 5, 4)
def transformer_block() -> Any:
    def forward(s: Any, x: Any) -> Any:
        x = x + s.attention(s.norm1(x))
        return x + s.mlp(s.norm2(x))

    mlp = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))
    return WithForward(forward, norm1=nn.LayerNorm(4), attention=Heads(4, 2), norm2=nn.LayerNorm(4), mlp=mlp)


@of_size(2, 5, 4)
def taken_apart() -> Any:
    def forward(s: Any, x: Any) -> Any:
        q, k, v = s.qkv(x).view(x.shape[0], 5, 3, 4).permute(2, 0, 1, 3).unbind(0)
        return F.scaled_dot_product_attention(q, k, v)

    return WithForward(forward, qkv=nn.Linear(4, 12))


@of_size(2, 5, 4)
def by_the_function() -> Any:
    def forward(s: Any, x: Any) -> Any:
        b, n, d = x.shape
        q, k, v = (one.view(b, n, 2, 2).transpose(1, 2) for one in s.qkv(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.5)
        return s.out(y.transpose(1, 2).reshape(b, n, d))

    return WithForward(forward, qkv=nn.Linear(4, 12), out=nn.Linear(4, 4))


@of_size(2, 5, 4)
def causal_by_a_mask() -> Any:
    """Karpathy's minGPT."""

    def forward(s: Any, x: Any) -> Any:
        B, T, C = x.size()
        q, k, v = (one.view(B, T, 2, C // 2).transpose(1, 2) for one in s.c_attn(x).split(4, dim=2))
        attention = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        attention = F.softmax(attention.masked_fill(s.bias[:, :, :T, :T] == 0, float("-inf")), dim=-1)
        return s.c_proj((attention @ v).transpose(1, 2).contiguous().view(B, T, C))

    made = WithForward(forward, c_attn=nn.Linear(4, 12), c_proj=nn.Linear(4, 4))
    made.register_buffer("bias", torch.tril(torch.ones(6, 6)).view(1, 1, 6, 6))
    return made


@of_size(2, 5, 4)
def by_the_module() -> Any:
    return WithForward(
        lambda s, x: s.att(x, x, x, need_weights=False)[0], att=nn.MultiheadAttention(4, 2, batch_first=True)
    )


@of_size(2, 5, 4)
def weights_of_the_module() -> Any:
    def forward(s: Any, x: Any) -> Any:
        y, weights = s.att(x, s.other(x), x)
        return weights @ y

    return WithForward(forward, att=nn.MultiheadAttention(4, 2, bias=False, batch_first=True), other=nn.Linear(4, 4))


@of_size(2, 5, 4)
def encoder_layer() -> Any:
    return nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, dropout=0.0)


@of_size((2, 3, 4), (2, 5, 4))
def cross_attention() -> Any:
    def forward(s: Any, a: Any, b: Any) -> Any:
        return (s.q(a) @ s.k(b).mT).softmax(-1) @ s.v(b)

    return Several(forward, q=nn.Linear(4, 3), k=nn.Linear(4, 3), v=nn.Linear(4, 3))


@of_size(2, 4, 3, 3)
def non_local() -> Any:
    def forward(s: Any, x: Any) -> Any:
        g, theta = (one(x).flatten(2).transpose(1, 2) for one in (s.g, s.theta))
        phi = s.phi(x).flatten(2)
        attention = torch.matmul(theta, phi) / phi.shape[-1]
        return s.w(torch.matmul(attention, g).transpose(1, 2).reshape(x.shape[0], 2, 3, 3)) + x

    convs = {name: nn.Conv2d(4, 2, 1) for name in ("g", "theta", "phi")}
    return WithForward(forward, **convs, w=nn.Conv2d(2, 4, 1))


@of_size(2, 3, 4, 4)
def linear_attention() -> Any:
    def forward(s: Any, x: Any) -> Any:
        q, k, v = s.qkv(x).chunk(3, 1)
        q, k, v = q.flatten(2).softmax(1), k.flatten(2).softmax(-1), v.flatten(2)
        context = torch.einsum("bdn,ben->bde", k, v)
        return s.out(torch.einsum("bde,bdn->ben", context, q).reshape(*x.shape))

    return WithForward(forward, qkv=nn.Conv2d(3, 9, 1, bias=False), out=nn.Conv2d(3, 3, 1))


@of_size(2, 4, 3, 3)
def over_channels() -> Any:
    """DANet's, with the distance to the largest."""

    def forward(s: Any, x: Any) -> Any:
        rows = x.view(x.shape[0], 4, -1)
        energy = torch.bmm(rows, rows.transpose(1, 2))
        attention = (torch.amax(energy, -1, keepdim=True).expand_as(energy) - energy).softmax(-1)
        return s.g * torch.bmm(attention, rows).view(*x.shape) + s.conv(x)

    return own(WithForward(forward, conv=nn.Conv2d(4, 4, 3, padding=1)), g=torch.randn(1))


@of_size(2, 3, 4, 5)
def along_rows() -> Any:
    def forward(s: Any, x: Any) -> Any:
        q, k, v = s.qkv(x).chunk(3, 1)
        attention = torch.einsum("bchw,bchv->bhwv", q, k).softmax(-1)
        return torch.einsum("bhwv,bchv->bchw", attention, v)

    return WithForward(forward, qkv=nn.Conv2d(3, 6, 1))


@of_size(2, 3, 4, 4)
def with_positions() -> Any:
    def forward(s: Any, x: Any) -> Any:
        q, k, v = s.qkv(x).flatten(2).chunk(3, 1)
        scores = torch.einsum("bci,bcj->bij", q, k) + s.table[s.index.view(-1)].view(16, 16)
        return torch.einsum("bij,bcj->bci", scores.softmax(-1), v).view(x.shape[0], 2, 4, 4)

    made = own(WithForward(forward, qkv=nn.Conv2d(3, 6, 1)), table=torch.randn(49))
    made.register_buffer("index", torch.randint(0, 49, (16, 16)))
    return made


@of_size(2, 4, 5)
def gram_matrix() -> Any:
    return WithForward(lambda s, x: s.conv(x) @ s.conv(x).transpose(1, 2) / 5, conv=nn.Conv1d(4, 3, 1))


# -- norms and functions -------------------------------------------------------------------------------


@of_size(2, 4, 5)
def unit_vectors() -> Any:
    return WithForward(lambda s, x: F.normalize(s.conv(x), dim=1), conv=nn.Conv1d(4, 3, 1))


@of_size(2, 4)
def cosines() -> Any:
    made = WithForward(lambda s, x: F.linear(F.normalize(s.fc(x)), F.normalize(s.w)), fc=nn.Linear(4, 4))
    return own(made, w=torch.randn(3, 4))


@of_size((2, 4, 3), (2, 4, 3))
def similarity() -> Any:
    return Several(lambda s, a, b: F.cosine_similarity(s.conv(a), s.conv(b), dim=1), conv=nn.Conv1d(4, 4, 1))


@of_size(2, 5, 4)
def root_mean_square() -> Any:
    def forward(s: Any, x: Any) -> Any:
        y = s.norm(s.fc(x))
        return s.w * (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6))

    return own(WithForward(forward, fc=nn.Linear(4, 4), norm=nn.RMSNorm(4, eps=1e-5)), w=torch.randn(4))


@of_size(2, 3, 4, 4)
def layer_norm_by_hand() -> Any:
    def forward(s: Any, x: Any) -> Any:
        x = s.conv(x)
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        return s.w[:, None, None] * ((x - mean) / torch.sqrt(variance + 1e-6)) + s.b[:, None, None]

    return own(WithForward(forward, conv=nn.Conv2d(3, 3, 1)), w=torch.randn(3), b=torch.randn(3))


@of_size(2, 3, 4, 4)
def global_response_norm() -> Any:
    """ConvNeXt V2's."""

    def forward(s: Any, x: Any) -> Any:
        x = s.conv(x)
        length = torch.norm(x, p=2, dim=(2, 3), keepdim=True)
        return s.g * (x * (length / (length.mean(dim=1, keepdim=True) + 1e-6))) + s.b + x

    made = WithForward(forward, conv=nn.Conv2d(3, 3, 1))
    return own(made, g=torch.randn(1, 3, 1, 1), b=torch.randn(1, 3, 1, 1))


@of_size(2, 3, 6, 6)
def local_response_norm() -> Any:
    norm = nn.LocalResponseNorm(4, alpha=0.1, beta=0.75, k=2.0)
    return nn.Sequential(nn.Conv2d(3, 5, 3), norm, nn.ReLU(), nn.MaxPool2d(2))


@of_size(2, 3, 6, 6)
def generalized_mean() -> Any:
    def forward(s: Any, x: Any) -> Any:
        return F.avg_pool2d(s.conv(x).clamp(min=1e-6).pow(3), (6, 6)).pow(1.0 / 3).flatten(1)

    return WithForward(forward, conv=nn.Conv2d(3, 4, 1))


@of_size(2, 3, 6, 6)
def pooled_by_powers() -> Any:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sigmoid(), nn.LPPool2d(3, 2))


@of_size(2, 3, 6)
def statistics_pooling() -> Any:
    def forward(s: Any, x: Any) -> Any:
        y = s.conv(x)
        return torch.cat([y.mean(-1), y.std(-1), y.var(-1, unbiased=False)], 1)

    return WithForward(forward, conv=nn.Conv1d(3, 2, 1))


@of_size(2, 3, 6)
def softmax_by_hand() -> Any:
    def forward(s: Any, x: Any) -> Any:
        e = torch.exp(s.conv(x))
        return e / e.sum(1, keepdim=True)

    return WithForward(forward, conv=nn.Conv1d(3, 4, 3))


@of_size(2, 3, 6)
def deviations_from_logarithms() -> Any:
    return WithForward(
        lambda s, x: torch.cat([s.mean(x), torch.exp(0.5 * s.log_variance(x))], 1),
        mean=nn.Conv1d(3, 2, 1), log_variance=nn.Conv1d(3, 2, 1),
    )  # fmt: skip


@of_size(2, 3, 6)
def compressed() -> Any:
    def forward(s: Any, x: Any) -> Any:
        y = F.relu(s.conv(x))
        return torch.log1p(y) + torch.log(y + 1e-5) + torch.expm1(-y) + 2.0 / (1 + y)

    return WithForward(forward, conv=nn.Conv1d(3, 4, 3))


@of_size(2, 3, 6)
def snake() -> Any:
    def forward(s: Any, x: Any) -> Any:
        y = s.conv(x)
        return y + torch.sin(s.a * y) ** 2 / s.a + torch.cos(y)

    return own(WithForward(forward, conv=nn.Conv1d(3, 4, 3)), a=torch.rand(1, 4, 1) + 0.5)


@of_size(2, 3, 6)
def clamped() -> Any:
    return WithForward(lambda s, x: s.conv(x).clamp(-0.2, 0.3) + s.conv(x).clamp(max=0.1), conv=nn.Conv1d(3, 4, 3))


@of_size(3, 2, 6, 6)
def statistics_of_the_batch() -> Any:
    def forward(s: Any, x: Any) -> Any:
        return F.batch_norm(s.norm(s.conv(x)), None, None, s.w, s.b, training=True)

    norm = nn.BatchNorm2d(3, track_running_stats=False)
    return own(WithForward(forward, conv=nn.Conv2d(2, 3, 3), norm=norm), w=torch.randn(3), b=torch.randn(3))


@of_size(2, 2, 6, 6)
def instances_with_statistics() -> Any:
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.InstanceNorm2d(3, affine=True, track_running_stats=True))
