"""Drawn faces: layers of smooth outlines; a seed varies each point, colour and light."""

from functools import partial
from types import SimpleNamespace

import numpy as np
from PIL import Image

from dcgan_lib.data.outlines import crescent, fill, mirrored, oval
from dcgan_lib.system.arguments import check_integer
from dcgan_lib.system.defaults import numpy_defaults

HEIGHT, WIDTH = 218, 178
Y, X = np.mgrid[:HEIGHT, :WIDTH].astype(float)  # With 32 bits some pixels would depend on the processor.
EYES, EYE = (88.5, 112), 19.5  # The eyes of CelebA's aligned photographs are at (69, 112) and (108, 112).
SKINS = ((252, 224, 204), (242, 202, 172), (226, 178, 140), (202, 148, 99), (166, 114, 80), (128, 86, 62), (98, 66, 50))
HAIRS = ((28, 24, 24), (46, 34, 30), (76, 52, 38), (122, 80, 50), (146, 74, 42), (168, 166, 164), (216, 178, 118))
IRISES = ((62, 40, 28), (70, 46, 30), (92, 64, 38), (92, 104, 62), (76, 112, 140), (110, 126, 136))
CLOTHES = ((40, 48, 72), (156, 46, 48), (226, 224, 218), (54, 100, 86), (90, 124, 176), (126, 80, 124), (206, 156, 66))
# Hairlines from the temple to the middle: combed back, a fringe, a parting. Each person has a mixture of the three.
HAIRLINES = np.array([[(40, 108), (39, 90), (32, 74), (12, 67)], [(41, 114), (40, 103), (31, 97), (12, 94)],
                      [(41, 118), (39, 99), (27, 80), (6, 63)]])  # fmt: skip


@numpy_defaults()
def draw_faces(count=100, seed=0):
    """Draws portraits of invented people in the form of CelebA's aligned photographs: eyes at (69, 112) and (108, 112).

    Face i depends only on `seed` and i, so a longer call begins with the faces of a shorter one.

    Args:
        count: How many faces, at least 1.
        seed: A whole number from 0; the same one gives the same faces.

    Returns:
        uint8 `(count, 218, 178, 3)`: red, green and blue, 0 to 255.

    Raises:
        ValueError: If `count` is not a whole number of at least 1.
    """
    check_integer("draw_faces", "count", count)
    images = np.empty((count, HEIGHT, WIDTH, 3), np.uint8)
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        person, image = imagine(rng), draw_background(rng)
        light_up(person, rng)
        for draw in (draw_bust, draw_head, draw_mouth, draw_eyes, draw_hair):
            draw(partial(fill, image), person, rng.uniform)
        images[number] = image
    return images


def imagine(rng):
    """Chooses what a person looks like: colours, lengths in pixels, the position of the face. `p` is the person."""
    p, uniform, tone = SimpleNamespace(), rng.uniform, (len(SKINS) - 1.01) * rng.random() ** 1.2
    p.skin = mix(SKINS[int(tone)], SKINS[int(tone) + 1], tone % 1)
    p.shadow, p.bright = 165 * (p.skin / 255) ** 1.8, mix(p.skin, (255, 255, 255), 0.45)
    p.man, p.middle, p.nose = uniform() < 0.5, (EYES[0] + uniform(-2.5, 2.5), 0), (EYES[0] + uniform(-4, 4), 0)
    p.wide, p.jaw, p.chin = uniform(0.94, 1.06), uniform(0, 3) + 2 * p.man, uniform(-4, 4)
    p.style = rng.choice(("combed", "shaved", "afro", "scarf"), p=(0.75, 0.12, 0.08, 0.05))
    combed, scarf = p.style == "combed", p.style == "scarf"
    p.man &= not scarf
    p.length = 250 if scarf else uniform(135, 245) * (combed and uniform() < (0.1 if p.man else 0.8))
    p.volume = {"combed": uniform(3, 10), "afro": uniform(12, 24), "scarf": 7}.get(p.style, 1)
    p.curl = {"combed": uniform() ** 2 * (uniform() < 0.6), "afro": 1.3}.get(p.style, 0)
    weights = rng.dirichlet((0.5, 0.25, 0.4)) if combed else (1, 0, 0)
    p.hairline = np.tensordot(weights, HAIRLINES, 1) + rng.normal(0, 1.2, (4, 2))
    p.parting = 25 * weights[2] * uniform(-1, 1)
    dark = tone > 3.4 and uniform() < 0.88  # With dark skin, hair is mostly dark and eyes are brown.
    hairs, irises = CLOTHES[:6] if scarf else HAIRS[:3] if dark else HAIRS, IRISES[:2] if dark else IRISES
    p.hair, p.iris, p.cloth = (rng.choice(colours) * uniform(0.85, 1.1) for colours in (hairs, irises, CLOTHES))
    p.brow = mix(HAIRS[1] if scarf else 0.75 * p.hair, p.shadow, 0.25)
    return p


def light_up(p, rng):
    """Makes the person's skin, hair and clothes: pictures with light and shade, which are seen through outlines."""
    p.light, across, down = rng.uniform(-0.9, 0.9), (X - p.middle[0]) / 48, (Y - 122) / 72
    # For the light the head is an ellipsoid: bright where it faces the light.
    facing = p.light * across - rng.uniform(0.2, 0.6) * down
    facing += 0.75 * np.sqrt(np.maximum(1 - 0.8 * (across**2 + down**2), 0.03))
    p.flesh = shade(p.skin, 0.52 + 0.6 * np.clip(facing, 0, 1.1))
    # Hair runs from the crown like meridians, and straight down below the ears; the strands are noise across it.
    fan = np.sqrt(np.clip(1 - np.minimum((Y - 112) / (70 + p.volume), 0) ** 2, 0.06, 1))
    strand = 40 * (across / fan + 0.1 * p.curl * np.sin(Y / rng.uniform(5, 9) + 2 * across + rng.uniform(0, 6)))
    noise = np.interp(strand, np.arange(-200, 200), np.convolve(rng.normal(size=403), (0.25, 0.5, 0.5, 0.25), "valid"))
    gloss = np.exp(-((10 * np.hypot(across, down - 0.14) - 9.8) ** 2) - (across / 0.6 - p.light) ** 2)
    texture = (0.03 if p.style == "scarf" else 0.09) * noise + 0.3 * gloss * (down < 0)
    p.locks = shade(p.hair, 0.85 + 0.35 * p.light * across + texture)
    folds = 0.08 * np.sin(48 * across / rng.uniform(7, 14) + rng.uniform(0, 6))
    p.fabric = shade(p.cloth, 0.92 + 0.13 * p.light * across + folds)


def shade(colour, light):
    """Shades a colour by `light` `(218, 178)`: 1 leaves it as it is, less makes it darker and deeper, more paler."""
    level, colour = np.linspace(0, 2, 256)[:, None], np.clip(colour, 0, 255) / 255
    dark, pale = colour ** (2.4 - 1.4 * level) * (0.35 + 0.65 * level), colour + 0.55 * (1 - colour) * (level - 1)
    shades = (255 * np.where(level < 1, dark, pale)).astype(np.uint8)
    return Image.fromarray(np.take(shades, np.clip(127.5 * light, 0, 255).astype(np.uint8), axis=0))


def mix(first, second, amount):
    """Mixes two colours; `amount` is the second one's part, 0 to 1."""
    return np.multiply(first, 1 - amount) + np.multiply(second, amount)


def draw_background(rng):
    """Draws soft colours for the background, sometimes with lights out of focus; returns a new `Image`."""
    base = rng.uniform(40, 225) + rng.uniform(-22, 22, 3)
    patches = base + rng.uniform(-45, 45) * rng.uniform(-1, 1, (4, 3, 1)) + rng.normal(0, 9, (4, 3, 3))
    image = Image.fromarray(np.clip(patches, 5, 250).astype(np.uint8)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    for _ in range(rng.choice((0, 0, 3, 6))):
        centre, size, colour = rng.uniform((0, 0), (WIDTH, 150)), rng.uniform(8, 24), base + rng.normal(25, 40, 3)
        fill(image, oval(0, 0, size, size), centre, np.clip(colour, 0, 255), 1.5, rng.uniform(0.15, 0.45))
    return image


def draw_bust(paint, p, uniform):
    """Draws the hair behind the head, the neck and the clothes. Here and below, `paint` is `fill` on one image."""
    p.side, p.flare = 43.5 * p.wide + (p.volume if p.length or p.style == "afro" else 1.5), uniform(-4, 10)
    if p.style == "afro":
        paint(oval(0, 95, p.side, 0.97 * p.side), p.middle, p.locks, 1)
    elif p.length:
        behind = [(0.5 * p.side, 54 - p.volume), (0.88 * p.side, 70), (p.side, 112), (p.side + p.flare, p.length)]
        paint(mirrored([*behind, (20, p.length)]), p.middle, p.locks)
    origin, neck = (p.middle[0] + uniform(-3, 3), 0), uniform(20, 22) + 4 * p.man
    drop, dip = uniform(4, 14), uniform(0, 24)
    paint(mirrored([(neck, 150), (neck, 186), (neck + 16, 206), (20, 250)]), origin, p.flesh)
    neckline = [(neck + 6, 188), (0.6 * neck, 196 + 0.7 * dip), (4, 199 + dip)]
    paint(mirrored([(110, 260), (100, 206 + drop), (56, 197 + drop / 2), *neckline]), origin, p.fabric)
    paint(crescent(mirrored(neckline), uniform(2, 9)), origin, mix(p.cloth, (255, 255, 255), uniform(0, 0.6)))


def draw_head(paint, p, uniform):
    """Draws the ears, the head, the cheeks and the nose."""
    jaw, chin, wing, far = p.jaw, p.chin, uniform(6, 9), -np.sign(p.light)
    if not p.length:
        paint(oval(43.5 * p.wide, 121, 5.5, 12), p.middle, p.flesh, both=True)
        paint(oval(44 * p.wide, 121, 2.5, 7), p.middle, p.shadow, 1, 0.5, both=True)
    paint(oval(-3 * p.light, 182 + chin, 25, 13), p.middle, 0.85 * p.shadow, 4, 0.75)
    face = [(4, 47), (20, 49.5), (34, 59), (42, 76), (44, 98), (43, 118), (40.5 + jaw / 5, 136)]
    face += [(33 + jaw, 155 + chin / 2), (21 + jaw, 173 + chin), (9 + jaw, 184 + chin), (3, 186 + chin)]
    paint(mirrored(np.multiply(face, (p.wide, 1))), p.middle, p.flesh)
    paint(oval(25, 138, 10, 8), p.middle, mix(p.skin, (214, 70, 70), 0.35), 5, uniform(0.2, 0.5), both=True)
    paint(oval(EYE, -2, 13, 9), EYES, p.shadow, 4, 0.5, both=True)
    paint([(13, 134), (20, 144), (22, 154), (18, 144)], p.nose, p.shadow, 1, uniform(0.1, 0.5), both=True)
    paint(np.multiply([(6, 104), (4, 118), (7, 131), (10, 136), (9, 120)], (far, 1)), p.nose, p.shadow, 1.5, 0.6)
    paint(oval(0, 137.5, wing + 2, 3), p.nose, p.shadow, 1.6, 0.7)
    paint(oval(2 * p.light, 118, 2, 16), p.nose, p.bright, 1.5, 0.5)
    paint(oval(2 * p.light, 131, 4.5, 4), p.nose, p.bright, 2, 0.6)
    paint(oval(0.55 * wing, 137.3, 2.6, 1.3), p.nose, 0.45 * p.shadow, 0.5, 0.85, both=True)


def draw_mouth(paint, p, uniform):
    """Draws the mouth, from closed to laughing, and a beard around it."""
    origin, smile, full = (p.nose[0], 152 + 0.4 * p.chin), uniform(-0.3, 3.5), uniform(3, 5.5)
    half, gap, beard = uniform(15, 19) + 0.9 * smile, max(0, uniform(-5, 7)) * (smile > 0.8), uniform() + (not p.man)
    if beard < 0.35:
        rim = [(0, gap + 11), (0, 39), (13, 36), (29, 21), (38, -6), (41, -30), (38, -28), (31, -6), (20, -9)]
        rim += [(0, -3 - full), (13, -4 - full), (19, 1), (12, gap + 9)]
        paint(rim, origin, p.locks, 1.2, uniform(0.4, 0.95), both=True)
    elif beard < 0.45:
        paint(mirrored([(0, -full), (9, -full), (18, 1), (9, -full - 5), (0, -full - 4)]), origin, p.brow, 0.8, 0.9)
    low = gap + 1.3 * full
    lips = [(2, -0.5 * full), (5, -0.8 * full), (half, -smile), (0.55 * half, 0.7 * low), (2, low)]
    red = mix((190, 60, 66), (170, 20, 50), uniform() * (not p.man))
    paint(mirrored(lips), origin, 0.92 * mix(p.skin, red, 0.4 if p.man else uniform(0.4, 0.75)))
    line = mirrored([(0.94 * half, 0.3 - smile), (0.5 * half, 0.4), (0.1 * half, 0.6)])[::-1]
    paint(crescent(line, max(gap + 0.5, 1.6)), origin, p.shadow * (0.5, 0.4, 0.4))
    if gap > 1.2:
        paint(crescent(0.88 * line, gap * uniform(0.6, 0.95)), origin, (242, 238, 230))
    paint(oval(0, low + 4.5, 9, 2), origin, p.shadow, 1.5, 0.45)


def draw_eyes(paint, p, uniform):
    """Draws the eyes and the brows, and glasses for every fifth person."""
    wide, slant, look, lash = uniform(3.8, 5.4), uniform(-1.5, 1.5), uniform(-1.2, 1.2), uniform(1.6, 3 - 0.8 * p.man)
    arch, high, thick = uniform(0, 3.5), uniform(-16, -12.5), uniform(2.4, 3.6) + 1.6 * p.man
    for side in (-1, 1):
        origin = (EYES[0] + side * EYE, EYES[1])
        lid = np.multiply([(-10, 1), (-4, -0.88 * wide), (2, -wide), (10, -slant)], (side, 1))
        paint([*lid, (4 * side, 0.62 * wide), (-4 * side, 0.66 * wide)], origin, mix((238, 233, 228), p.shadow, 0.2))
        paint(oval(look, -0.3, 5.4, 5.4).clip((-9, -0.97 * wide), (9, 0.62 * wide)), origin, p.iris)
        paint(oval(look, -0.3, 2.2, 2.2), origin, (12, 10, 10))
        paint(oval(look + np.copysign(1.7, p.light), -2, 1.1, 1.1), origin, (255, 255, 255))
        paint(crescent(lid, -lash), origin, mix(0.3 * p.hair, (15, 10, 10), 0.6))
        paint(crescent(lid - (0, 3), -1.4), origin, p.shadow, 0.5, 0.7)
        brow = np.multiply([(-11, 0.5), (-3, -1 - 0.4 * arch), (6, -1.5 - arch), (13.5, 1 - 0.2 * arch)], (side, 1))
        paint(crescent(brow + (0, high), thick), origin, p.brow, 0.7, 0.95)
    if uniform() < 0.2:
        rim, lens = mix((20, 20, 24), (140, 90, 50), uniform()), oval(EYE + 0.5, 1, uniform(13, 16), uniform(9, 13))
        paint(lens, EYES, *(((30, 30, 36), 0, 0.9) if uniform() < 0.15 else ((240, 245, 250), 0, 0.1)), both=True)
        for line in (lens[:5], lens[4:], [(-8, -1), (0, -3), (8, -1)], [(33, -2), (38, -3), (43 * p.wide, -4)]):
            paint(crescent(line, 2), EYES, rim, both=True)


def draw_hair(paint, p, uniform):
    """Draws the hair on the head, and the part of long hair (or of a scarf) in front of the shoulders."""
    side, volume = p.side, p.volume
    crown = [(4, 46 - volume), (0.5 * side, 50 - 0.9 * volume), (0.88 * side, 65 - 0.3 * volume), (side, 88)]
    cap = mirrored([*crown, (side, p.hairline[0, 1] - 4), *p.hairline * (p.wide, 1)])
    cap[:, 0] += uniform(-5, 5) * np.maximum(88 - cap[:, 1], 0) / 40
    cap[:, 0] += p.parting * np.maximum(1 - np.abs(cap[:, 0]) / 40, 0) * (cap[:, 1] > 60)
    soft, opacity = (1.2, max(0, uniform(-0.7, 0.9))) if p.style == "shaved" else (0.5, 1)
    paint(crescent(cap[5:-5], 4), p.middle, p.shadow, 2, 0.5 * opacity)
    paint(cap, p.middle, p.locks, soft, opacity)
    if p.length:
        inner, half_way = uniform(39, 43) * p.wide, 0.5 * p.length + 60
        lock = [(side - 2, 85), (inner - 3, 100), (inner, 120), (inner - uniform(0, 4), half_way), (inner, p.length)]
        if p.style == "scarf":
            lock[3:] = np.add([(39, 150), (32, 170), (20, 181), (9, 186), (-9, 186), (-16, 190), (0, 250)], (0, p.chin))
        lock += [(side + p.flare, p.length), (side + p.flare / 2, half_way), (side, 112)]
        paint(lock, p.middle, p.locks, 0.5, both=True)
