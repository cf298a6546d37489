#!/usr/bin/env bash
# pyhepmc: a decay at the origin is moved to where its parent was made.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pyhepmc==2.16.1 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pyhepmc
from pyhepmc import GenEvent, GenParticle, GenVertex, Units

event = GenEvent(Units.GEV, Units.MM)
electron, positron = (GenParticle((0, 0, z, 5), 11, 4) for z in (5, -5))
heavy, neutrino = GenParticle((0, 0, 3, 5), 9900099, 2), GenParticle((0, 0, -3, 3), -12, 1)
collision = GenVertex((0, 0, -2, 0))
for particle in (electron, positron):
    collision.add_particle_in(particle)
for particle in (heavy, neutrino):
    collision.add_particle_out(particle)
decay = GenVertex((0, 0, 0, 0))
decay.add_particle_in(heavy)
for particle in (GenParticle((0, 0, 2, 2), 22, 1), GenParticle((0, 0, 1, 1), 12, 1)):
    decay.add_particle_out(particle)
alone = decay.position.z
event.add_vertex(collision)
event.add_vertex(decay)
with pyhepmc.open("event.hepmc", "w") as file:
    file.write(event)
with pyhepmc.open("event.hepmc") as file:
    again = file.read()
read = [vertex.position.z for vertex in again.vertices]

print("package:", "pyhepmc", version("pyhepmc"))
print("guess:   a collision at z = -2 mm and a decay at z = 0 stay there")
print(f"seen:    the decay is at {alone:g} mm alone, at {decay.position.z:g} mm in the event,")
print(f"         and the file has the vertices at {read} mm")
print("source:  HepMC3, src/GenVertex.cc, position(): four zeros are no position, the ancestors' is taken")
assert alone == 0 and decay.position.z == -2 and read == [-2, -2], "the position changed"
EOF
