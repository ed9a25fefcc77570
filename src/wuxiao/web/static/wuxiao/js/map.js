// A map one can drag, over the drawing that is there already: only where somebody asks for it and WebGL is there.
// Data, library and worker are our own; labels are drawn from the reader's own fonts. If anything fails, the drawing stays.
// Only where the operator named a qualified provider do pictures come from there, with its approval number on the map.

const box = document.querySelector("[data-live]");
const APART = 30;

const drawable = () => {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
};

/** A colour of the page's own tokens, so that night and day are those of the page. */
const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** What a layer of the town's own tiles is of, by the names that the common schemas give. */
const KINDS = [
  [/water|ocean|river/, "water"],
  [/land|park|green|wood|grass|earth|natural/, "land"],
  [/build/, "building"],
  [/road|street|transport|rail|path/, "road"],
  [/bound|admin/, "edge"],
];

/** The layers that draw the town's own tiles in the colours of the page: areas first, then lines, then names. */
const layersOf = (tiles) => {
  const areas = { water: tone("accent-tint"), building: tone("edge"), land: tone("line") };
  const lines = { road: tone("edge"), water: tone("accent"), edge: tone("ink-3"), building: tone("edge"), land: tone("line") };
  const kind = (id) => KINDS.find(([name]) => name.test(id))?.[1] ?? "land";
  const of = (id, type, more) => ({ id: `own-${type}-${id}`, type, source: "own", "source-layer": id, ...more });
  const shape = (name) => ["==", ["geometry-type"], name];
  const label = ["coalesce", ["get", "name:zh"], ["get", "name"], ""];
  const text = { "text-color": tone("ink-2"), "text-halo-color": tone("paper"), "text-halo-width": 1.5 };
  return [
    ...tiles.layers.map((id) =>
      of(id, "fill", {
        filter: shape("Polygon"),
        paint: { "fill-color": areas[kind(id)] ?? tone("line"), "fill-opacity": kind(id) === "building" ? 0.5 : 0.7 },
      }),
    ),
    ...tiles.layers.map((id) =>
      of(id, "line", {
        filter: shape("LineString"),
        paint: { "line-color": lines[kind(id)], "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 18, 5] },
      }),
    ),
    ...tiles.layers.map((id) =>
      of(id, "symbol", { filter: shape("Point"), layout: { "text-field": label, "text-size": 12 }, paint: text }),
    ),
  ];
};

const styled = (data) => ({
  version: 8,
  sources: {
    ...(data.provider && {
      pictures: {
        type: "raster", tiles: data.provider.urls, tileSize: 256,
        minzoom: data.provider.from, maxzoom: data.provider.to,
      },
    }),
    ...(data.tiles && {
      own: { type: "vector", url: `pmtiles://${new URL(data.tiles.url, location.href).href}`, maxzoom: data.tiles.to },
    }),
    blocks: { type: "geojson", data: data.blocks },
    streets: { type: "geojson", data: data.streets },
    names: { type: "geojson", data: data.names },
    edges: { type: "geojson", data: data.edges },
  },
  layers: [
    { id: "paper", type: "background", paint: { "background-color": tone("paper") } },
    ...(data.provider ? [{ id: "pictures", type: "raster", source: "pictures" }] : []),
    {
      id: "blocks", type: "fill", source: "blocks",
      paint: { "fill-color": tone("line"), "fill-opacity": data.tiles ? 0.25 : 0.75 },
    },
    ...(data.tiles ? layersOf(data.tiles) : []),
    {
      id: "edges", type: "line", source: "edges",
      paint: { "line-color": tone("ink-3"), "line-width": 1.75, "line-dasharray": [4, 2, 1, 2] },
    },
    { id: "streets", type: "line", source: "streets", paint: { "line-color": tone("edge"), "line-width": 1.25 } },
    {
      id: "roads", type: "symbol", source: "streets", minzoom: 13,
      layout: { "text-field": ["get", "name"], "text-size": 12, "symbol-placement": "line-center" },
      paint: { "text-color": tone("ink-2"), "text-halo-color": tone("paper"), "text-halo-width": 1.5 },
    },
    {
      id: "names", type: "symbol", source: "names",
      layout: { "text-field": ["get", "name"], "text-size": 14 },
      paint: { "text-color": tone("ink"), "text-halo-color": tone("paper"), "text-halo-width": 1.5 },
    },
  ],
});

/** Marks that would lie over one another as one, in the order of the list. */
const gathered = (map, marks) => {
  const groups = [];
  for (const mark of marks) {
    const { x, y } = map.project([mark.lon, mark.lat]);
    const near = groups.find((one) => Math.hypot(one.x - x, one.y - y) < APART);
    if (near) near.marks.push(mark);
    else groups.push({ x, y, marks: [mark] });
  }
  return groups;
};

const single = (mark) => {
  const link = document.createElement("a");
  link.href = mark.url;
  link.className = "live-mark";
  link.setAttribute("aria-label", `${mark.number} ${mark.label} · ${mark.state}`);
  link.title = `${mark.number} ${mark.label}`;
  // The same shape and number as in the list beside it.
  const pin = document.getElementById(`r${mark.number}`)?.querySelector("svg.pin");
  if (pin) link.append(pin.cloneNode(true));
  return link;
};

const several = (map, group, words) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "live-many";
  button.textContent = `×${group.marks.length}`;
  button.setAttribute("aria-label", words.many.replace("{n}", group.marks.length));
  button.addEventListener("click", () => {
    const [lats, lons] = [group.marks.map((one) => one.lat), group.marks.map((one) => one.lon)];
    const around = [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
    if (map.getZoom() >= map.getMaxZoom() - 0.01) location.hash = `r${group.marks[0].number}`;
    else map.fitBounds(around, { padding: 60, animate: false });
  });
  return button;
};

const start = async () => {
  const [library, answer] = await Promise.all([import(box.dataset.library), fetch(box.dataset.from)]);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const data = await answer.json();
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = box.dataset.sheet;
  await new Promise((done, failed) => {
    sheet.addEventListener("load", done);
    sheet.addEventListener("error", failed);
    document.head.append(sheet);
  });
  if (data.tiles) {
    // The package makes one global; it asks our own server for parts of the town's file, and nobody else.
    const script = document.createElement("script");
    script.src = box.dataset.tiles;
    await new Promise((done, failed) => {
      script.addEventListener("load", done);
      script.addEventListener("error", failed);
      document.head.append(script);
    });
    library.addProtocol("pmtiles", new globalThis.pmtiles.Protocol().tile);
  }
  library.setWorkerUrl(new URL(box.dataset.worker, location.href).href);
  const frame = box.querySelector(".live-map");
  frame.hidden = false;
  const map = new library.Map({
    container: frame,
    style: styled(data),
    bounds: data.bounds,
    fitBoundsOptions: { padding: 30 },
    maxZoom: 19,
    attributionControl: false,
    localIdeographFontFamily: getComputedStyle(document.body).fontFamily,
    locale: data.words.library,
    dragRotate: false,
    pitchWithRotate: false,
  });
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new library.ScaleControl({ unit: "metric" }), "bottom-left");
  if (data.provider) {
    const said = document.createElement("p");
    said.className = "maplibregl-ctrl live-said";
    said.textContent = data.provider.said;
    map.addControl({ onAdd: () => said, onRemove: () => said.remove() }, "bottom-right");
  }
  map.getCanvas().setAttribute("aria-label", data.words.map);
  let shown = [];
  const mark = () => {
    for (const one of shown) one.remove();
    shown = gathered(map, data.marks).map((group) => {
      const first = group.marks[0];
      const element = group.marks.length === 1 ? single(first) : several(map, group, data.words);
      return new library.Marker({ element }).setLngLat([first.lon, first.lat]).addTo(map);
    });
  };
  map.on("moveend", mark);
  await map.once("load");
  box.dataset.drawn = data.tiles ? String(map.querySourceFeatures("own", { sourceLayer: data.tiles.layers[0] }).length) : "";
  mark();
  return map;
};

if (box && drawable()) {
  const button = box.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const map = await start();
      button.hidden = true;
      box.dataset.state = "live";
      map.getCanvas().focus({ preventScroll: true });
    } catch (error) {
      // The drawing is still there, and the list beside it.
      box.querySelector(".live-map").hidden = true;
      box.querySelector(".live-failed").hidden = false;
      box.dataset.state = "failed";
      console.info("map:", error);
    }
  });
}
