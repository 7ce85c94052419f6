/// The style sheet of a page.
enum PageStyle {
    static func text(_ context: PageContext) -> String {
        """
        :root{\(light);\(context.colours.properties(onDark: false))}
        @media (prefers-color-scheme:dark){:root{\(dark);\(context.colours.properties(onDark: true))}}
        @media print{:root{\(light);\(context.colours.properties(onDark: false))}}
        \(base)
        \(charts)
        \(tables)
        \(narrow)
        \(context.colours.rules)
        \(context.choiceRules("cores"))\(PagePower.rules(context))
        """
    }

    private static let light =
        "--page:#fcfcfb;--plot:#f4f5f6;--ink:#1b1e22;--soft:#59616b;--line:#e1e4e8;--grid:#e4e7ea;"
        + "--accent:#1f6f8b;--idle:#c3c9d1;--uncore:#8496ab;--late:#b42318;--tint:#eaf3f5;--rule:#1b1e22"

    private static let dark =
        "--page:#101317;--plot:#171b21;--ink:#e9ecef;--soft:#a0a9b4;--line:#2a3038;--grid:#252b33;"
        + "--accent:#62bfd6;--idle:#3a424c;--uncore:#62748a;--late:#ff8f84;--tint:#16262c;--rule:#f2f4f6"

    private static let base = """
        *{box-sizing:border-box}
        html{color-scheme:light dark;-webkit-text-size-adjust:100%;scroll-behavior:smooth}
        body{margin:0 auto;padding:0 clamp(1rem,4vw,3rem) 4rem;max-width:80rem;background:var(--page);
        color:var(--ink);font:1rem/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,
        "Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
        h1,h2,h3,p,dl,dd,figure,ol,ul{margin:0;padding:0}
        ol{list-style:none}
        h1{font-size:clamp(1.55rem,1.1rem + 1.8vw,2.2rem);line-height:1.22;font-weight:650;
        letter-spacing:-.022em;text-wrap:balance;max-width:29em}
        h2{font-size:1.3rem;font-weight:650;letter-spacing:-.012em;margin:0 0 .3rem}
        h3{font-size:.9375rem;font-weight:600;margin:0 0 .25rem;overflow-wrap:anywhere}
        small{font-size:.8125rem;font-weight:400;color:var(--soft)}
        .top{padding:clamp(2rem,6vw,4.5rem) 0 1.75rem}
        .over{font-size:.8125rem;color:var(--soft);letter-spacing:.02em;margin-bottom:.9rem}
        .lead{margin-top:1rem;max-width:46rem;color:var(--soft);overflow-wrap:anywhere}
        .facts{display:flex;flex-wrap:wrap;gap:1.25rem clamp(1.5rem,4vw,3.5rem);margin-top:2.25rem}
        .facts dt{font-size:.8125rem;color:var(--soft)}
        .facts dd{font-size:1.5rem;font-weight:600;letter-spacing:-.015em;line-height:1.3}
        nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:.7rem 0;border:solid var(--line);
        border-width:1px 0;font-size:.875rem}
        a{color:var(--accent)}
        nav a{color:var(--ink);text-decoration:none;padding:.15rem 0}
        nav a:hover{text-decoration:underline;text-underline-offset:.25em}
        .skip{position:absolute;left:-99rem}
        .skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem;z-index:2}
        .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        section{padding-top:3.5rem;scroll-margin-top:0}
        figcaption,.figcap,.note,.none{color:var(--soft);font-size:.9375rem;max-width:46rem;
        margin-bottom:1.25rem;overflow-wrap:anywhere}
        .note{font-size:.875rem;margin:.75rem 0;padding-left:.75rem;border-left:2px solid var(--line)}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
        button,input,select{font:inherit;color:inherit}
        footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.8125rem;
        color:var(--soft)}
        .machine div{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:1rem;padding:.45rem 0;
        border-bottom:1px solid var(--line);font-size:.9375rem}
        .machine dt{color:var(--soft)}
        .machine dd{overflow-wrap:anywhere}
        .notes{margin-top:1.5rem;padding-left:1.1rem;color:var(--soft);font-size:.9375rem;max-width:46rem;
        overflow-wrap:anywhere}
        .notes li{margin:.3rem 0}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}*{transition:none!important}}
        """

    private static let charts = """
        .legend{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1rem;margin:0 0 1rem;
        font-size:.8125rem;color:var(--soft)}
        .swatch{display:inline-block;width:.8rem;height:.8rem;background:var(--c);border-radius:2px;
        vertical-align:-.06rem;print-color-adjust:exact;-webkit-print-color-adjust:exact}
        .legend .scale{display:inline-flex;margin:0 -.35rem}
        .legend .scale .swatch{width:1.35rem;border-radius:0}
        .idle{--c:var(--idle);fill:var(--idle)}
        .uncore{--c:var(--uncore);fill:var(--uncore)}
        .cores{--c:var(--accent);fill:var(--accent)}
        .bars li{display:grid;
        grid-template-columns:minmax(8rem,12.5rem) minmax(6rem,1fr) 5.2rem 5.4rem 7.6rem;
        gap:0 1rem;align-items:center;font-size:.9375rem}
        .bars.plain li{grid-template-columns:minmax(8rem,12.5rem) minmax(6rem,1fr) 5.2rem}
        .bars .name{overflow-wrap:anywhere}
        .bars .value,.bars .gap,.bars .change{text-align:right;white-space:nowrap}
        .bars .change,.bars .gap{color:var(--soft)}
        .bars .best{font-weight:650}
        .bars .best .gap,.bars .best .change{color:var(--ink)}
        .bars .head{font-size:.8125rem;color:var(--soft)}
        .bars .head span{color:var(--soft)}
        .bar{display:block;width:100%;height:2.5rem;padding:.5rem 0;overflow:visible}
            .bound{fill:none;stroke:var(--rule);stroke-width:1.5;vector-effect:non-scaling-stroke;
        stroke-dasharray:4 3}
        .bars span.bound{position:relative;height:1.4rem}
        .bars span.bound span{position:absolute;bottom:0;white-space:nowrap}
        .bound .before{transform:translateX(-100%);padding-right:.4rem}
        .bound .after{padding-left:.4rem}
        .chips{border:0;margin:0 0 1.1rem;padding:0;display:flex;flex-wrap:wrap;gap:.4rem}
        .chips legend{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .chips label{position:relative;cursor:pointer;font-size:.875rem;max-width:100%}
        .chips input{position:absolute;opacity:0;inset:0;margin:0;cursor:pointer}
        .chips span{display:block;padding:.22rem .75rem;border:1px solid var(--line);border-radius:99px;
        overflow-wrap:anywhere;color:var(--soft)}
        .chips label:hover span{border-color:var(--soft)}
        .chips input:checked+span{border-color:var(--ink);color:var(--ink);
        box-shadow:inset 0 0 0 1px var(--ink)}
        .chips input:focus-visible+span{outline:2px solid var(--accent);outline-offset:2px}
        .plot{display:grid;grid-template-columns:2.8rem minmax(0,1fr);grid-template-rows:var(--h) 1.5rem}
        .plot svg{grid-column:2;width:100%;height:100%;background:var(--plot);overflow:visible;
        print-color-adjust:exact;-webkit-print-color-adjust:exact}
        .plot .y{position:relative}
        .plot .y span{position:absolute;right:.5rem;transform:translateY(50%);line-height:1}
        .x{position:relative;grid-column:2;height:1.5rem}
        .x span{position:absolute;top:.3rem;transform:translateX(-50%);white-space:nowrap;line-height:1}
        .x .first{transform:none}
        .x .last{transform:translateX(-100%)}
        .x,.y,.ytitle,.xtitle{font-size:.75rem;color:var(--soft)}
        .ytitle{margin:0 0 .35rem}
        .xtitle{text-align:right}
        .grid{stroke:var(--grid);fill:none;vector-effect:non-scaling-stroke}
        .row{position:relative}.row h3{padding-right:6rem}
        .row .ytitle{position:absolute;right:0;top:.2rem}
        .row+.row,.histrow+.histrow{margin-top:1.25rem}
        .area{fill:var(--accent);opacity:.22}
        .line,.other,.idleline{fill:none;vector-effect:non-scaling-stroke}
        .line{stroke:var(--accent);stroke-width:1.5}
        .other{stroke:var(--soft);stroke-width:1;opacity:.85}
        .idleline{stroke:var(--soft);stroke-width:1;stroke-dasharray:1 3}
        .gantt .s{fill:var(--c);stroke:var(--plot);stroke-width:.75;vector-effect:non-scaling-stroke}
        .gantt .b{fill:var(--c);shape-rendering:crispEdges}
        .gantt[data-exact]{cursor:crosshair}
        .gantt.dim .s{opacity:.3}
        .gantt .s.on{opacity:1;stroke:var(--ink);stroke-width:1.5}
        .readout{min-height:1.5em;margin-top:.5rem;font-size:.875rem;overflow-wrap:anywhere}
        .hists{display:grid;gap:1.5rem 3rem;
        grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
        .histrow+.histrow{margin-top:0}
        .hist{display:flex;align-items:flex-end;height:6rem;
        background:linear-gradient(var(--rule),var(--rule))
        no-repeat 50% 0/1.5px 100%;border-bottom:1px solid var(--soft)}
        .hist i{flex:1;margin:0 .5px;background:var(--accent);min-height:0;
        print-color-adjust:exact;-webkit-print-color-adjust:exact}
        .hist i[style]{min-height:2px}
        .hist .late,.swatch.late{background:repeating-linear-gradient(45deg,var(--late) 0 2.5px,
        transparent 2.5px 4.5px);box-shadow:inset 0 0 0 1px var(--late)}
        .frontiers{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));
        gap:2.25rem 2.5rem}
        .kind .readout:empty{display:none}
        .hull{fill:none;stroke:var(--soft);stroke-width:1.25;vector-effect:non-scaling-stroke}
        .dots,.ring,.hole,.rest{fill:none;stroke-linecap:round;vector-effect:non-scaling-stroke}
        .dots{stroke:var(--c);stroke-width:5}
        .rest{stroke:var(--soft);stroke-width:7}
        .ring{stroke:var(--ink);stroke-width:12}
        .hole{stroke:var(--plot);stroke-width:8.5}
        """

    private static let tables = """
        .scroll{overflow-x:auto;margin-top:1.75rem;container-type:inline-size}
        table{border-collapse:collapse;width:100%;font-size:.875rem}
        caption{text-align:left;color:var(--soft);font-size:.875rem;padding-bottom:.4rem}
        th,td{padding:.42rem .6rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap;
        vertical-align:baseline}
        th:first-child,td:first-child{padding-left:0}
        thead th{color:var(--soft);font-weight:500;font-size:.8125rem}
        figure+.figcap{margin:2.25rem 0 0}
        .figcap+.scroll{margin-top:.5rem}
        .figures th:not(:first-child),.figures td,.n{text-align:right}
        .figures thead th{white-space:normal;min-width:4.6rem;vertical-align:bottom}
        tbody th{font-weight:500}
        #table tbody th,#table td:nth-child(3){max-width:15rem;overflow:hidden;text-overflow:ellipsis}
        .best th,.best td{font-weight:650}
        sup{font-size:.6875rem;color:var(--soft);line-height:0;margin-left:.1em}
        thead button{border:0;background:none;padding:0;font-weight:500;cursor:pointer;white-space:nowrap}
        thead button::after{content:"";display:inline-block;width:.9em;text-align:right}
        th[aria-sort=ascending] button::after{content:"↑"}
        th[aria-sort=descending] button::after{content:"↓"}
        th[aria-sort] button{color:var(--ink)}
        tr.late td:last-child{color:var(--late);font-weight:600}
        .js #table tbody tr.job{cursor:pointer}
        .js #table tbody tr.job:hover,#table tr.open{background:var(--tint)}
        .pick{border:0;background:none;padding:0;font-weight:500;cursor:pointer;max-width:100%;
        overflow:hidden;text-overflow:ellipsis;vertical-align:bottom;text-decoration:underline;
        text-decoration-color:var(--line);text-underline-offset:.25em}
        .detail td{padding:0;white-space:normal}
        .detail .in{position:sticky;left:0;width:100cqi;
        padding:1.25rem 0 1.75rem;display:grid;gap:1rem 2.5rem;
        grid-template-columns:minmax(0,26rem) minmax(0,1fr)}
        .detail dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem;align-content:start}
        .detail dt{color:var(--soft)}
        .detail .plot{--h:15rem!important}
        .controls:not([hidden]){display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;align-items:center;
        font-size:.875rem}
        .controls label{display:flex;gap:.5rem;align-items:center}
        .controls input[type=search],.controls select,.pager button{border:1px solid var(--soft);
        border-radius:6px;background:var(--page);padding:.3rem .6rem;min-height:2.2rem;max-width:14rem}
        .controls input[type=checkbox]{width:1.05rem;height:1.05rem;accent-color:var(--accent)}
        #found{color:var(--soft)}
        .pager:not([hidden]){display:flex;gap:1rem;align-items:center;margin-top:1rem;font-size:.875rem}
        .pager button{cursor:pointer;padding:.3rem .9rem}
        .pager button:disabled{opacity:.45;cursor:default}
        """

    private static let narrow = """
        @media (max-width:48rem){
        section{padding-top:2.75rem}
        .bars li{grid-template-columns:minmax(0,1fr) auto auto;gap:0 .75rem;padding:.35rem 0}
        .bars.plain li{grid-template-columns:minmax(0,1fr) auto}
        .bars .name{grid-column:1;grid-row:1}
        .bars .value{grid-row:1}.bars .gap{grid-row:1;min-width:3.8rem}
        .bars .bar,.bars span.bound{grid-row:2;grid-column:1/-1}
        .bars .change{display:none}
        .bars .head{padding-bottom:0}
        .bars .head>span:first-child:empty,.bars .head>span:nth-child(2):empty{display:none}
        .bar{height:1.7rem;padding:.3rem 0;overflow:hidden}
        .row .ytitle{position:static}.row h3{padding-right:0}
        .minor{display:none}
        .detail .in{grid-template-columns:minmax(0,1fr)}
        .machine div{grid-template-columns:1fr;gap:0}
        .facts{gap:1rem 2rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr))}
        .facts dd{font-size:1.25rem}
        .hist i{margin:0}
        }
        @media print{
        nav,.controls,.pager,.chips,.skip,.readout{display:none!important}
        body{max-width:none;padding:0;font-size:10pt}
        section,figure,.row,.kind,tr{break-inside:avoid}
        #jobs,#jobs section{break-inside:auto}
        .scroll{overflow:visible;container-type:normal}
        #table{font-size:7pt}
        }
        """
}
