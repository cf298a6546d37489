"""Files of a UFO model that are the same for every Lagrangian, for any Python."""

INIT = """\
\"\"\"The neutrino dipole portal, arXiv:2204.07802, Eq. (1); written by nudp {version}.\"\"\"

from . import (
    particles, parameters, couplings, coupling_orders, decays, function_library, lorentz,
    object_library, vertices, write_param_card,
)

gauge = [0]
all_particles = particles.all_particles
all_vertices = vertices.all_vertices
all_couplings = couplings.all_couplings
all_lorentz = lorentz.all_lorentz
all_parameters = parameters.all_parameters
all_orders = coupling_orders.all_orders
all_functions = function_library.all_functions
all_decays = decays.all_decays
__author__ = "nudp"
__version__ = "{version}"
"""

OBJECTS = """\
class UFOBaseClass(object):
    def __init__(self, **values):
        self.__dict__.update(values)
        self.everything.append(self)

    def get(self, name):
        return getattr(self, name)

    def set(self, name, value):
        setattr(self, name, value)

    def get_all(self):
        return self.__dict__

    def __str__(self):
        return self.name

    def __repr__(self):
        name = self.name.replace("+", "__plus__").replace("-", "__minus__")
        return name.replace("~", "__tilde__")


all_particles, all_parameters, all_vertices, all_couplings = [], [], [], []
all_lorentz, all_functions, all_orders, all_decays = [], [], [], []
all_CTvertices, all_CTparameters, all_propagators, all_form_factors = [], [], [], []


class Particle(UFOBaseClass):
    everything = all_particles

    def __init__(self, **values):
        # Sherpa drops every vertex of a particle that does not say this itself
        self.propagating, self.goldstoneboson = True, False
        UFOBaseClass.__init__(self, **values)
        self.selfconjugate = self.name == self.antiname
        lines = {1: "dashed", 2: "straight" if not self.selfconjugate else "swavy"}
        self.line = lines.get(self.spin, "wavy" if self.color == 1 else "curly")

    def anti(self):
        values = dict(self.__dict__)
        del values["line"], values["selfconjugate"]
        for one, other in (("name", "antiname"), ("texname", "antitexname")):
            values[one], values[other] = getattr(self, other), getattr(self, one)
        for name in ("pdg_code", "charge", "LeptonNumber"):
            values[name] = -values[name]
        values["color"] = self.color if self.color in (1, 8) else -self.color
        return Particle(**values)


class Parameter(UFOBaseClass):
    everything = all_parameters
    lhablock, lhacode = None, None


class Vertex(UFOBaseClass):
    everything = all_vertices


class Coupling(UFOBaseClass):
    everything = all_couplings


class Lorentz(UFOBaseClass):
    everything = all_lorentz


class CouplingOrder(UFOBaseClass):
    everything = all_orders
    perturbative_expansion = 0


class Decay(UFOBaseClass):
    everything = all_decays

    def __init__(self, **values):
        UFOBaseClass.__init__(self, **values)
        self.particle.partial_widths = self.partial_widths


class Function(object):
    def __init__(self, name, arguments, expression):
        all_functions.append(self)
        self.name, self.arguments, self.expr = name, arguments, expression

    def __call__(self, *values):
        return eval(self.expr, dict(zip(self.arguments, values)))
"""

FUNCTIONS = """\
from .object_library import Function, all_functions

complexconjugate = Function("complexconjugate", ("z",), "z.conjugate()")
re = Function("re", ("z",), "z.real")
im = Function("im", ("z",), "z.imag")
"""

CARD_WRITER = """\
# MadGraph runs this as a script, Sherpa imports it
try:
    from .parameters import all_parameters
except ImportError:
    import os
    import sys
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.dirname(here))
    all_parameters = __import__(os.path.basename(here)).all_parameters


class ParamCardWriter(object):
    def __init__(self, filename, list_of_parameters=None, generic=False):
        external = [p for p in list_of_parameters or all_parameters if p.nature == "external"]
        blocks = []
        for parameter in external:
            if parameter.lhablock not in blocks:
                blocks.append(parameter.lhablock)
        with open(filename, "w") as card:
            for block in blocks:
                card.write("" if block == "DECAY" else "Block %s\\n" % block)
                for p in external:
                    if p.lhablock == block:
                        prefix = "DECAY" if block == "DECAY" else " "
                        card.write("%s %d %r # %s\\n" % (prefix, p.lhacode[0], p.value, p.name))
                card.write("\\n")


if __name__ == "__main__":
    ParamCardWriter("./param_card.dat", generic=True)
"""
