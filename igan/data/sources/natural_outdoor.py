"""The scene categories of Places that make up *outdoor natural*.

The paper took 150,000 landscapes from Places (*Datasets*) and names no categories. These are thirty
of Places365's outdoor ones (`IO_places365.txt` of github.com/CSAILVision/places365), the most open
of its natural scenes: water, ice and snow; mountains, deserts and sky; forests and fields. At 5,000
training photos each, the most that Places365-Standard has of one, they are as many. Places205 has
most of them, and a name of its own for cliffs at the sea.
"""

PRESET = "outdoor-natural"

WATER_ICE_SNOW = (
    "beach",
    "coast",
    "creek",
    "glacier",
    "iceberg",
    "lake/natural",
    "marsh",
    "ocean",
    "river",
    "sea_cliff",  # Places205
    "snowfield",
    "swamp",
    "waterfall",
)
MOUNTAINS_DESERTS_SKY = (
    "badlands",
    "butte",
    "canyon",
    "cliff",
    "desert/sand",
    "desert/vegetation",
    "mountain",
    "mountain_path",
    "mountain_snowy",
    "rock_arch",
    "sky",
    "valley",
    "volcano",
)
FORESTS_FIELDS = (
    "field/cultivated",
    "field/wild",
    "forest/broadleaf",
    "forest_path",
    "rainforest",
)
NATURAL_OUTDOOR = frozenset(WATER_ICE_SNOW + MOUNTAINS_DESERTS_SKY + FORESTS_FIELDS)
