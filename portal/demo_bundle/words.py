"""Names of companies and people that do not exist."""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST: Final = _words(
    """
    Amber Anchor Arbor Aspen Autumn Azure Beacon Birch Bramble Bright Bronze Canyon Cedar
    Clover Cobalt Copper Coral Crescent Crimson Dapple Dawn Delta Dune Ember Fable Falcon
    Fern Flint Forest Garnet Ginger Glacier Golden Granite Harbour Hazel Heron Hollow
    Indigo Iris Ivory Jade Juniper Kestrel Lagoon Larch Lilac Linden Lotus Maple Marble
    Meadow Mesa Mint Misty Moss Oaken Ochre Olive Onyx Opal Orchid Pebble Pine Plum
    Prairie Quartz Quill River Robin Rowan Rustic Saffron Sage Scarlet Sienna Silver Slate
    Sorrel Spruce Stone Summit Teal Thistle Tidal Topaz Umber Velvet Violet Walnut Willow
    Winter Zephyr
    """
)

SECOND: Final = _words(
    """
    Arch Atlas Bay Bloom Bridge Brook Canvas Circle Compass Corner Cove Craft Crest Crown
    Current Dale Depot Draft Field Fjord Flow Forge Gable Garden Gate Grove Harvest Haven
    Hill Hive Horizon House Island Key Lane Lantern Latch Leaf Ledge Loom Mill Mosaic Nest
    North Orbit Orchard Path Peak Pier Pilot Point Port Quarter Ridge Row Sail Shore
    Signal Spark Spire Square Station Stream Studio Terrace Tower Trail Vale View Wave
    Wharf Yard
    """
)

AGENCY_ENDINGS: Final = {
    "FR": ("Conseil", "Agence", "Digital"),
    "RE": ("Conseil", "Océan Indien"),
    "MA": ("Conseil", "Digital"),
    "DE": ("Beratung", "Agentur"),
    "CH": ("Beratung", "Partner"),
    "ES": ("Consultores", "Agencia"),
    "MX": ("Consultores", "Digital"),
    "CO": ("Consultores", "Digital"),
    "BR": ("Consultoria", "Digital"),
    "PL": ("Doradztwo", "Digital"),
    "NL": ("Advies", "Partners"),
    "IN": ("Solutions", "Technologies"),
}
"""How agencies of a territory call themselves; elsewhere as in `PLAIN_ENDINGS`."""

PLAIN_ENDINGS: Final = ("Consulting", "Agency", "Partners", "Digital", "Growth")

CLIENT_ENDINGS: Final = _words(
    """
    Foods Logistics Software Clinics Textiles Furniture Energy Tools Travel Insurance
    Media Robotics Pharma Farms Motors Schools Hotels Printing Packaging Analytics
    Security Optics Bakery Cycles Outdoor Homes Ceramics Labs Systems Supplies
    """
)

GIVEN: Final = _words(
    """
    Ana Ahmed Aisha Alice Amara Anil Anna Antoine Beatriz Bruno Camille Carlos Chiara
    Chloe Daniel Diego Divya Elena Emma Erik Fatou Felix Femke Gabriel Grace Hana Hugo
    Ines Ivan Jakub Jana Joao Julia Kenji Lea Leila Lucas Maja Marco Maria Mei Mohamed
    Nadia Naledi Nora Oscar Paula Pierre Priya Rafael Ravi Sara Sofia Thabo Thomas Tom
    Valeria Wei Yara Yuki Zofia
    """
)

FAMILY: Final = _words(
    """
    Adler Almeida Bauer Bernard Bianchi Botha Castro Chen Costa Dubois Duarte Eriksson
    Fernandes Fischer Fontaine Garcia Girard Haddad Hansen Hoarau Iyer Jansen Kaur Keller
    Khumalo Kowalski Lambert Larsson Lemaire Lim Lopes Martin Mehta Moreau Moreno Mueller
    Murphy Nakamura Nowak Okafor Ortiz Payet Pereira Pillay Rao Reyes Ricci Rossi Roux
    Sato Schmid Silva Singh Smit Suzuki Tan Vargas Visser Weber Wilson Wong Zielinska
    """
)

DEAL_SUBJECTS: Final = (
    "first project",
    "roll-out",
    "second team",
    "renewal and growth",
    "new country",
    "migration",
    "upgrade",
)
"""What a deal is about, after the client's name."""
