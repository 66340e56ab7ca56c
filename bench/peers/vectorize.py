"""What a careful user would write: rasterio.features.shapes, GeoPandas, one file.

python vectorize.py CLASS.tif OUT (.fgb, .gpkg or .parquet). Prints objects, seconds, CPU seconds and memory as JSON.
"""

import json
import resource
import sys
import time

import geopandas
import rasterio
import rasterio.features
from shapely.geometry import shape

source, out = sys.argv[1:]
begun = time.perf_counter()
with rasterio.open(source) as dataset:
    mask = dataset.read(1)
    found = rasterio.features.shapes(mask, mask=mask == 1, connectivity=4, transform=dataset.transform)
    geometry = [shape(one) for one, _ in found]
    frame = geopandas.GeoDataFrame({"value": 1}, geometry=geometry, crs=dataset.crs, index=range(len(geometry)))
frame["area_m2"] = frame.geometry.area
frame["perimeter_m"] = frame.geometry.length
if out.endswith(".parquet"):
    frame.to_parquet(out)
else:
    frame.to_file(out, driver="FlatGeobuf" if out.endswith(".fgb") else "GPKG")
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "objects": len(frame),
            "seconds": time.perf_counter() - begun,
            "cpuSeconds": usage.ru_utime + usage.ru_stime,
            "memoryMiB": usage.ru_maxrss / 1024,
        }
    )
)
