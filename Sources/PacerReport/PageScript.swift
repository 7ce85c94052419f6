/// The script of a page: the table, and what shows when something is pointed at.
enum PageScript {
    static let text = [start, table, detail, charts].joined(separator: "\n")

    private static let start = #"""
        (()=>{"use strict";
        const D=JSON.parse(document.getElementById("data").textContent);
        const $=id=>document.getElementById(id);
        const el=(tag,text,name)=>{const e=document.createElement(tag);
         if(text!==undefined)e.textContent=text;if(name)e.className=name;return e};
        document.documentElement.classList.add("js");
        const two=n=>(n<10?"0":"")+n;
        const fixed=(v,n)=>{const f=10**n,s=Math.round(Math.abs(v)*f),t=(s/f).toFixed(n);
         return (v<0&&s?"−":"")+t};
        const length=t=>{if(t===null)return "–";if(D.short)return fixed(t,2);
         const w=Math.round(Math.abs(t));
         return (t<0&&w?"−":"")+Math.floor(w/3600)+":"+two(Math.floor(w/60)%60)+":"+two(w%60)};
        const point=t=>{if(t===null)return "–";if(D.clock===null)return length(t);
         const d=new Date((D.clock+Math.floor(t))*1000).toISOString();
         return d.slice(5,10)+" "+d.slice(11,19)};
        const ghz=k=>k===null?"–":String(+(k/1e6).toFixed(2));
        const config=c=>{const[n,k]=D.conf[c];
         return n+"\u00a0core"+(n===1?"":"s")+(k===null?"":" at "+ghz(k)+"\u00a0GHz")};
        const joules=e=>e===null?"–":fixed(e/D.unit,2);
        const grouped=n=>{const s=String(n);return s.length<5?s:s.replace(/\B(?=(\d{3})+$)/g,"\u202f")};
        const how=["kept","✕ late","finished","running","waiting"];
        """#

    private static let table = #"""
        const J=D.jobs,body=document.querySelector("#table tbody"),size=25;
        if(!body){interact();return}
        const runs=(p,i)=>{const r=D.policies[p].ran[i];return typeof r==="number"?[[r,null]]:
         r.reduce((a,v,k)=>(k%2?a[a.length-1].push(v):a.push([v]),a),[])};
        const main=(p,i)=>{const rs=runs(p,i);if(!rs.length)return null;
         return rs.reduce((a,b)=>(b[1]>a[1]?b:a))[0]};
        const rows=[];
        D.policies.forEach((p,q)=>p.job.forEach((j,i)=>rows.push([q,i,j])));
        const slack=r=>{const e=D.policies[r[0]].end[r[1]],d=J.dead[r[2]];
         return e===null||d===null?null:d-e};
        const words=r=>{const p=D.policies[r[0]],m=p.remark[r[1]];
         return how[p.how[r[1]]]+(m===undefined?"":", "+m)};
        const keys=[r=>r[2],r=>D.policies[r[0]].name,r=>D.kinds[J.kind[r[2]]].name,r=>J.sub[r[2]],
         r=>D.policies[r[0]].start[r[1]],r=>D.policies[r[0]].end[r[1]],r=>J.dead[r[2]],slack,
         r=>{const c=main(r[0],r[1]);return c===null?null:D.conf[c][0]},
         r=>{const c=main(r[0],r[1]);return c===null?null:D.conf[c][1]},
         r=>D.policies[r[0]].energy[r[1]],words];
        const state={column:3,up:true,page:0,shown:[],open:null};
        const lower=J.name.map(n=>n.toLowerCase());
        const kindLower=D.kinds.map(k=>k.name.toLowerCase());
        function choose(){
         const text=$("find").value.trim().toLowerCase(),which=+$("which").value,late=$("late").checked;
         const list=rows.filter(r=>(which<0||r[0]===which)&&(!late||D.policies[r[0]].how[r[1]]===1)&&
          (!text||lower[r[2]].includes(text)||kindLower[J.kind[r[2]]].includes(text)));
         const key=keys[state.column],sign=state.up?1:-1;
         const keyed=list.map(r=>[key(r),r]);
         keyed.sort((a,b)=>{const x=a[0],y=b[0];
          // What is not known is last whichever way it is sorted.
          if(x===null||y===null)return (x===null)-(y===null)||a[1][2]-b[1][2];
          return (x<y?-sign:x>y?sign:0)||a[1][2]-b[1][2]||a[1][0]-b[1][0]});
         state.shown=keyed.map(k=>k[1]);state.page=0;
         $("found").textContent=grouped(state.shown.length)+(state.shown.length===1?" row":" rows");
        }
        function rowOf(r){
         const[q,i,j]=r,p=D.policies[q],c=main(q,i),more=runs(q,i).length-1,tr=el("tr",undefined,"job");
         if(p.how[i]===1)tr.classList.add("late");
         const th=el("th"),b=el("button",J.name[j],"pick");th.scope="row";b.type="button";
         b.setAttribute("aria-expanded","false");b.title=J.name[j];th.append(b);tr.append(th);
         const cells=[p.name,D.kinds[J.kind[j]].name,point(J.sub[j]),point(p.start[i]),point(p.end[i]),
          point(J.dead[j]),length(slack(r)),c===null?"–":String(D.conf[c][0]),
          c===null||D.conf[c][1]===null?"–":fixed(D.conf[c][1]/1e6,D.places),joules(p.energy[i]),words(r)];
         cells.forEach((t,k)=>{const td=el("td",t,k>1&&k<10?"n":"");
          if(!td.className)td.removeAttribute("class");
          if(k===7&&more>0)td.append(el("sup","+"+more));tr.append(td)});
         tr.addEventListener("click",()=>toggle(tr,r));
         return tr}
        function show(){
         const pages=Math.max(1,Math.ceil(state.shown.length/size)),from=state.page*size;
         body.replaceChildren(...state.shown.slice(from,from+size).map(rowOf));state.open=null;
         if(!state.shown.length){const tr=el("tr"),td=el("td","No job matches.");td.colSpan=12;
          tr.append(td);body.append(tr)}
         $("prev").disabled=state.page===0;$("next").disabled=state.page>=pages-1;
         $("place").textContent="Page "+(state.page+1)+" of "+pages;
         document.querySelectorAll("#table thead th").forEach((th,k)=>{
          if(k===state.column)th.setAttribute("aria-sort",state.up?"ascending":"descending");
          else th.removeAttribute("aria-sort")})}
        const again=()=>{choose();show()};
        document.querySelector("#table thead").addEventListener("click",e=>{
         const b=e.target.closest("button");if(!b)return;const c=+b.dataset.c;
         state.up=c===state.column?!state.up:true;state.column=c;again()});
        for(const id of ["find","which","late"])$(id).addEventListener("input",again);
        document.querySelector(".controls").addEventListener("submit",e=>e.preventDefault());
        $("prev").addEventListener("click",()=>{state.page--;show()});
        $("next").addEventListener("click",()=>{state.page++;show()});
        document.querySelectorAll(".controls,.pager").forEach(e=>e.hidden=false);
        """#

    private static let detail = #"""
        const ns="http:/"+"/www.w3.org/2000/svg";
        const path=(name,d)=>{const e=document.createElementNS(ns,"path");
         e.setAttribute("class",name);e.setAttribute("d",d);return e};
        function toggle(tr,r){
         const same=state.open===tr;
         if(state.open){state.open.classList.remove("open");
          state.open.querySelector(".pick").setAttribute("aria-expanded","false");
          state.open.nextSibling.remove();state.open=null}
         if(same)return;
         state.open=tr;tr.classList.add("open");
         tr.querySelector(".pick").setAttribute("aria-expanded","true");
         tr.after(detailOf(r))}
        function detailOf(r){
         const[q,i,j]=r,kind=J.kind[j],rs=runs(q,i),tr=el("tr",undefined,"detail"),td=el("td");
         td.colSpan=12;const box=el("div",undefined,"in");td.append(box);tr.append(td);
         box.append(frontierOf(kind,rs)||el("p","Nothing is known of what it could run at.","none"));
         const list=el("dl"),p=D.policies[q];
         const say=(a,b)=>{list.append(el("dt",a),el("dd",b))};
         say("Job",J.name[j]);say("Policy",p.name);say("Outcome",words(r));
         say("Slack",length(slack(r))+(D.short?" s":""));
         say("Energy",joules(p.energy[i])+" "+unitName+", "+D.source);
         const run=p.end[i]===null||p.start[i]===null?null:p.end[i]-p.start[i];
         say("Ran for",length(run)+(D.short?" s":""));
         rs.forEach((x,k)=>say(k?"then":"Ran at",config(x[0])+(x[1]===null||x[1]===undefined?"":" for "+
          length(x[1])+(D.short?" s":""))));
         box.append(list);return tr}
        const unitName={1:"J",1000:"kJ",1000000:"MJ",1000000000:"GJ"}[D.unit];
        function frontierOf(kind,rs){
         const from=$("kind"+kind);if(!from)return null;
         const fig=from.cloneNode(true);fig.removeAttribute("id");
         const svg=fig.querySelector("svg");
         svg.querySelectorAll(".ring,.hole").forEach(e=>e.remove());
         const taken=new Set(rs.map(x=>x[0]));
         const at=D.kinds[kind].points.filter(x=>taken.has(x[0]));
         const d=at.map(x=>"M"+x[1]+" "+x[2]+"h0").join("");
         if(d){const first=svg.querySelector(".dots");
          first.before(path("ring",d),path("hole",d))}
         svg.setAttribute("aria-label",D.kinds[kind].name+", ran at "+
          rs.map(x=>config(x[0])).join(", then "));
         const out=fig.querySelector(".readout");
         const say=x=>config(x[0])+": rate "+x[3]+" "+D.kinds[kind].unit+", "+x[4]+" W";
         out.textContent=at.map(say).join("; ")||" ";
         pointAt(svg,kind,out);return fig}
        function pointAt(svg,kind,out){
         const usual=out.textContent;
         svg.addEventListener("pointermove",e=>{
          const b=svg.getBoundingClientRect();let best=null,least=24*24;
          for(const x of D.kinds[kind].points){
           const dx=x[1]/1000*b.width-(e.clientX-b.left),dy=x[2]/1000*b.height-(e.clientY-b.top);
           if(dx*dx+dy*dy<least){least=dx*dx+dy*dy;best=x}}
          out.textContent=best?config(best[0])+": rate "+best[3]+" "+D.kinds[kind].unit+", "+
           best[4]+" W":usual});
         svg.addEventListener("pointerleave",()=>{out.textContent=usual})}
        again();interact();
        """#

    private static let charts = #"""
        function find(q,j){
         $("find").value="";$("late").checked=false;$("which").value=String(q);
         state.column=3;state.up=true;choose();
         const k=state.shown.findIndex(r=>r[2]===j);if(k<0){show();return}
         state.page=Math.floor(k/size);show();
         const tr=body.children[k%size];toggle(tr,state.shown[k]);
         tr.querySelector(".pick").focus({preventScroll:true});
         const calm=matchMedia("(prefers-reduced-motion:reduce)").matches;
         tr.scrollIntoView({block:"center",behavior:calm?"auto":"smooth"})}
        function interact(){
         const out=$("cores-out");
         document.querySelectorAll(".gantt[data-exact]").forEach(svg=>{
          const parts=[...svg.querySelectorAll(".s")];let at=-1;
          const titles=parts.map(s=>{const t=s.querySelector("title"),x=t.textContent;t.remove();return x});
          const clear=()=>{svg.classList.remove("dim");
           svg.querySelectorAll(".on").forEach(s=>s.classList.remove("on"));out.textContent="\u00a0"};
          const mark=k=>{clear();at=k;if(k<0)return;svg.classList.add("dim");
           parts.forEach(s=>{if(s.dataset.j===parts[k].dataset.j)s.classList.add("on")});
           out.textContent=titles[k]};
          const pick=k=>{if(k>=0)find(+svg.closest(".pane").dataset.p,+parts[k].dataset.j)};
          svg.addEventListener("pointerover",e=>mark(parts.indexOf(e.target.closest(".s"))));
          svg.addEventListener("pointerleave",()=>{if(document.activeElement!==svg)clear()});
          svg.addEventListener("click",e=>{if(e.detail>1||e.pointerType!=="touch")
           pick(parts.indexOf(e.target.closest(".s")))});
          svg.addEventListener("blur",clear);
          svg.addEventListener("focus",()=>{if(at<0&&svg.matches(":focus-visible"))mark(0)});
          svg.addEventListener("keydown",e=>{
           const step={ArrowRight:1,ArrowLeft:-1,ArrowDown:1,ArrowUp:-1}[e.key];
           if(step){e.preventDefault();mark(Math.max(0,Math.min(parts.length-1,at+step)))}
           else if(e.key==="Home"){e.preventDefault();mark(0)}
           else if(e.key==="End"){e.preventDefault();mark(parts.length-1)}
           else if(e.key==="Enter"){e.preventDefault();pick(at)}
           else if(e.key==="Escape")clear()})});
         document.querySelectorAll(".frontiers .kind").forEach(fig=>
          pointAt(fig.querySelector("svg"),+fig.id.slice(4),fig.querySelector(".readout")))}
        })();
        """#
}
