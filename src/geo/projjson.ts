/** A node of well-known text: `AXIS["x",east,ORDER[1]]`. */
interface WktNode {
  readonly keyword: string;
  readonly values: readonly (string | number)[];
  readonly nodes: readonly WktNode[];
}

type Json = { readonly [key: string]: unknown };

/** Well-known text that no PROJJSON is made of here: compound, vertical and engineering CRSs. */
export const NO_PROJJSON = null;

/**
 * PROJJSON of a geographic or projected CRS, from WKT 2 (ISO 19162:2019) as GDAL and PROJ write it: what GeoParquet asks
 * for. A bound CRS gives that of its source. `null` for other kinds. Checked against pyproj.
 */
export function projjsonOfWkt(wkt: string): Json | null {
  const root = parseWkt(wkt);
  const crs = crsOf(
    root.keyword === 'BOUNDCRS' ? (find(find(root, 'SOURCECRS'), 'PROJCRS', 'GEOGCRS') ?? root) : root,
  );
  return crs === null
    ? NO_PROJJSON
    : { $schema: 'https://proj.org/schemas/v0.5/projjson.schema.json', ...crs };
}

function crsOf(node: WktNode): Json | null {
  if (node.keyword === 'PROJCRS') {
    const base = find(node, 'BASEGEOGCRS');
    const conversion = find(node, 'CONVERSION');
    if (base === undefined || conversion === undefined) return null;
    return {
      type: 'ProjectedCRS',
      name: node.values[0],
      base_crs: { name: base.values[0], ...datumOf(base), coordinate_system: baseAxes(base), ...idOf(base) },
      conversion: conversionOf(conversion),
      coordinate_system: coordinateSystemOf(node),
      ...idOf(node),
    };
  }
  if (node.keyword !== 'GEOGCRS') return null;
  return {
    type: 'GeographicCRS',
    name: node.values[0],
    ...datumOf(node),
    coordinate_system: coordinateSystemOf(node),
    ...idOf(node),
  };
}

function datumOf(node: WktNode): Json {
  const ensemble = find(node, 'ENSEMBLE');
  const datum = find(node, 'DATUM');
  const meridian = find(node, 'PRIMEM');
  const inner = ensemble ?? datum;
  const ellipsoid = find(inner, 'ELLIPSOID');
  const shape = {
    name: ellipsoid?.values[0],
    semi_major_axis: Number(ellipsoid?.values[1]),
    // Zero stands for a sphere in text; in JSON the other axis says it.
    ...(Number(ellipsoid?.values[2]) === 0
      ? { semi_minor_axis: Number(ellipsoid?.values[1]) }
      : { inverse_flattening: Number(ellipsoid?.values[2]) }),
    ...idOf(ellipsoid),
  };
  if (ensemble !== undefined) {
    const members = ensemble.nodes.filter(({ keyword }) => keyword === 'MEMBER');
    return {
      datum_ensemble: {
        name: ensemble.values[0],
        members: members.map((member) => ({ name: member.values[0], ...idOf(member) })),
        ellipsoid: shape,
        accuracy: String(find(ensemble, 'ENSEMBLEACCURACY')?.values[0] ?? ''),
        ...idOf(ensemble),
      },
    };
  }
  const dynamic = find(find(node, 'DYNAMIC'), 'FRAMEEPOCH');
  return {
    datum: {
      type: dynamic === undefined ? 'GeodeticReferenceFrame' : 'DynamicGeodeticReferenceFrame',
      name: datum?.values[0],
      ...(dynamic === undefined ? {} : { frame_reference_epoch: Number(dynamic.values[0]) }),
      ellipsoid: shape,
      ...(meridian === undefined || meridian.values[0] === 'Greenwich'
        ? {}
        : {
            prime_meridian: { name: meridian.values[0], longitude: measureOf(meridian), ...idOf(meridian) },
          }),
      ...idOf(datum),
    },
  };
}

/** A meridian's longitude: plain degrees, or with its unit. */
function measureOf(node: WktNode): unknown {
  const unit = unitOf(node);
  const value = Number(node.values[1]);
  return unit === 'degree' ? value : { value, unit };
}

function conversionOf(node: WktNode): Json {
  const method = find(node, 'METHOD');
  return {
    name: node.values[0],
    method: { name: method?.values[0], ...idOf(method) },
    parameters: node.nodes
      .filter(({ keyword }) => keyword === 'PARAMETER')
      .map((parameter) => ({
        name: parameter.values[0],
        value: Number(parameter.values[1]),
        unit: unitOf(parameter),
        ...idOf(parameter),
      })),
    ...idOf(node),
  };
}

function coordinateSystemOf(node: WktNode): Json {
  const system = find(node, 'CS');
  const shared = unitOf(node);
  return {
    subtype: system?.values[0],
    axis: node.nodes
      .filter(({ keyword }) => keyword === 'AXIS')
      .map((axis) => {
        const [, name, short] = /^(.*?)\s*(?:\(([^)]*)\))?$/.exec(String(axis.values[0])) ?? [];
        return {
          name: axisName(name ?? '', String(system?.values[0])),
          abbreviation: short ?? '',
          direction: axis.values[1],
          unit: find(axis, 'ANGLEUNIT', 'LENGTHUNIT') === undefined ? shared : unitOf(axis),
        };
      }),
  };
}

/** The axes of a projected CRS's base, which its text leaves out. */
function baseAxes(base: WktNode): Json {
  const stated = find(base, 'ANGLEUNIT') === undefined ? 'degree' : unitOf(base);
  const axis = (name: string, abbreviation: string, direction: string) => ({
    name: `Geodetic ${name}`,
    abbreviation,
    direction,
    unit: stated,
  });
  return {
    subtype: 'ellipsoidal',
    axis: [axis('latitude', 'Lat', 'north'), axis('longitude', 'Lon', 'east')],
  };
}

/** Text has axis names in lower case; an axis `(E)` has no name but its direction's. */
function axisName(name: string, system: string): string {
  if (name === '') return 'unnamed';
  const proper = name.charAt(0).toUpperCase() + name.slice(1);
  return system === 'ellipsoidal' && /^(Latitude|Longitude)$/.test(proper)
    ? `Geodetic ${proper.toLowerCase()}`
    : proper;
}

const UNIT_TYPES: Readonly<Record<string, string>> = {
  ANGLEUNIT: 'AngularUnit',
  LENGTHUNIT: 'LinearUnit',
  SCALEUNIT: 'ScaleUnit',
};

function unitOf(node: WktNode): unknown {
  const unit = find(node, ...Object.keys(UNIT_TYPES));
  if (unit === undefined) return 'unity';
  const [name, factor] = unit.values;
  if (name === 'metre' || name === 'degree' || name === 'unity') return name;
  return { type: UNIT_TYPES[unit.keyword], name, conversion_factor: Number(factor), ...idOf(unit) };
}

function idOf(node: WktNode | undefined): Json {
  const id = find(node, 'ID');
  return id === undefined ? {} : { id: { authority: id.values[0], code: id.values[1] } };
}

const find = (node: WktNode | undefined, ...keywords: string[]): WktNode | undefined =>
  node?.nodes.find(({ keyword }) => keywords.includes(keyword));

const TOKEN =
  /\s*(?:"((?:[^"]|"")*)"|([A-Za-z_][A-Za-z0-9_]*)\s*\[|([A-Za-z_][A-Za-z0-9_]*)|([-+0-9.eE]+)|([\],]))/y;

function parseWkt(text: string): WktNode {
  let at = 0;
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (token === null) throw new RangeError(`not well-known text at character ${at}`);
    at = TOKEN.lastIndex;
    return token;
  };
  const node = (keyword: string): WktNode => {
    const values: (string | number)[] = [];
    const nodes: WktNode[] = [];
    for (let token = next(); token[5] !== ']'; token = next()) {
      const [, quoted, inner, word, number] = token;
      if (quoted !== undefined) values.push(quoted.replaceAll('""', '"'));
      else if (inner !== undefined) nodes.push(node(inner));
      else if (word !== undefined) values.push(word);
      else if (number !== undefined) values.push(Number(number));
    }
    return { keyword, values, nodes };
  };
  const [, , first] = next();
  if (first === undefined) throw new RangeError('not well-known text');
  return node(first);
}
